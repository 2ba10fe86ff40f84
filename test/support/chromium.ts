/** A browser for tests: Debian's Chromium, or another one of the machine, driven by playwright-core. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The first browser in the path; `undefined` where there is none. */
export const CHROMIUM: string | undefined = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .flatMap((directory) => NAMES.map((name) => path.join(directory, name)))
  .find((file) => existsSync(file));

/** Why tests in a browser do not run, for their names. */
export const NO_BROWSER =
  CHROMIUM === undefined
    ? ' (not run: no chromium, chromium-browser or google-chrome in PATH)'
    : '';

export async function launchBrowser(): Promise<Browser> {
  // Who runs as root in a container has no sandbox of the browser's; what is opened here comes from the tests alone.
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
}

/** What a page did that it must not do. */
export interface Trouble {
  readonly requests: string[];
  readonly messages: string[];
  readonly dialogs: string[];
}

/** Takes down every request beyond the first document, every message of the console, error and dialog of a page. */
export function troubleOf(page: Page): Trouble {
  const trouble: Trouble = { requests: [], messages: [], dialogs: [] };
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) trouble.requests.push(request.url());
  });
  page.on('console', (message) => trouble.messages.push(message.text()));
  page.on('pageerror', (error) => trouble.messages.push(error.message));
  page.on('dialog', (dialog) => {
    trouble.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return trouble;
}

const RESULTS = path.resolve(import.meta.dirname, '../../test-results');

/** Where a test run keeps a picture of what it saw. */
export function resultFile(name: string): string {
  mkdirSync(RESULTS, { recursive: true });
  return path.join(RESULTS, name);
}
