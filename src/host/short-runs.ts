/**
 * What V8 is told in processes that mostly end before its effort pays.
 * @module
 */
import { setFlagsFromString } from 'node:v8';

/** The versions of V8 whose flags these are, and with which they were measured; another one decides for itself. */
const MEASURED = /^11\.3\./;

function tellV8(flags: readonly string[]): void {
  if (MEASURED.test(process.versions.v8)) for (const flag of flags) setFlagsFromString(flag);
}

/**
 * Most commands run for a third of a second. By its usual measure V8 spends a sixth of that on optimising functions that are
 * done when they are optimised, and collects garbage every megabyte. Here a function has to be ten times as busy before it is
 * optimised, and the space for what is new grows at once to what it may be, and is cleared only when it is full.
 *
 * V8 refuses what it has compiled under other flags: a script that lies compiled was made, and has to be read, after this.
 */
export function expectShortRun(): void {
  tellV8(['--interrupt-budget=660000', '--semi-space-growth-factor=16', '--no-minor-gc-task']);
}

/** For what runs for many seconds, and would take a fifteenth longer: V8 does as it does by itself. */
export function expectLongRun(): void {
  tellV8(['--interrupt-budget=67584', '--minor-gc-task']);
}
