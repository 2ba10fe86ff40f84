/**
 * What V8 is told in processes that mostly end before its effort pays.
 * @module
 */
import { setFlagsFromString } from 'node:v8';

/**
 * Most commands run for a third of a second. By its usual measure V8 spends a sixth of that on optimising functions that are
 * done when they are optimised, and collects garbage every megabyte. Here a function has to be ten times as busy before it is
 * optimised, and the space for what is new grows at once to what it may be.
 *
 * V8 refuses what it has compiled under other flags, so that scripts have to be made before.
 */
export function expectShortRun(): void {
  setFlagsFromString('--interrupt-budget=660000');
  setFlagsFromString('--semi-space-growth-factor=16');
}

/** For what runs for many seconds, and would take a fifteenth longer: V8 optimises as early as it does by itself. */
export function expectLongRun(): void {
  setFlagsFromString('--interrupt-budget=67584');
}
