/** A browser without a window, the built page on a server of its own, and what the page says. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { AuditVerdict } from '../../src/index.ts';
import { CHROMIUM, launchBrowser } from '../support/chromium.ts';

const WEB = path.resolve(import.meta.dirname, '../../dist/web');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Serves the built page as any host of static files would. */
async function servePage(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').replace(/[?#].*$/, '').slice(1) || 'index.html';
    const file = path.join(WEB, path.basename(name));
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** In the page: what its policy keeps from it is an error, too. */
const TELL_VIOLATIONS =
  "addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))";

/** What a page complained about: violations of its policy, errors of its scripts. */
export interface Complaints {
  readonly all: string[];
}

export interface Opened {
  readonly page: Page;
  readonly complaints: Complaints;
}

/** What is on the page once it has ended. */
export interface Shown {
  readonly outcome: 'valid' | 'invalid' | 'none';
  readonly text: string;
}

export class Pages {
  #browser: Browser | undefined;
  #page: Page | undefined;
  #complaints: string[] = [];
  #server: Awaited<ReturnType<typeof servePage>> | undefined;

  async start(): Promise<void> {
    this.#browser = await launchBrowser();
    this.#server = await servePage();
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    this.#server?.close();
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** Opens the page anew, and notes what it complains about from then on. */
  async open(url = this.url): Promise<Opened> {
    if (this.#browser === undefined) throw new Error('the browser runs only while tests run');
    this.#page ??= await this.#newPage(this.#browser);
    await this.#page.goto('about:blank');
    this.#complaints = [];
    await this.#page.goto(url);
    return { page: this.#page, complaints: { all: this.#complaints } };
  }

  async #newPage(browser: Browser): Promise<Page> {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.#complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.#complaints.push(String(error)));
    await page.addInitScript({ content: TELL_VIOLATIONS });
    return page;
  }
}

/** The browser and the page for the tests of a file. */
export function usePages(): Pages {
  const pages = new Pages();
  beforeAll(async () => {
    if (CHROMIUM !== undefined) await pages.start();
  }, 120_000);
  afterAll(async () => pages.end());
  return pages;
}

/** Waits for the end of what the page does. */
export async function shown(page: Page): Promise<Shown> {
  const result = page.locator('#result[data-outcome]:not([hidden])');
  await result.waitFor({ timeout: 120_000 });
  const outcome = await result.getAttribute('data-outcome');
  if (outcome !== 'valid' && outcome !== 'invalid' && outcome !== 'none')
    throw new Error(`an outcome ${outcome}`);
  return { outcome, text: await result.innerText() };
}

/** Goes back to where files and URLs are named. */
export async function again(page: Page): Promise<void> {
  await page.locator('#again').click();
  await page.evaluate("document.querySelector('#result').removeAttribute('data-outcome')");
}

/** Gives the page a file, as somebody who chooses one. */
export async function choose(page: Page, name: string, bytes: Uint8Array): Promise<Shown> {
  await page.evaluate("document.querySelector('#result').removeAttribute('data-outcome')");
  const buffer = Buffer.from(bytes);
  await page.setInputFiles('#file', { name, mimeType: 'application/octet-stream', buffer });
  return shown(page);
}

/** The verdict that the page shows as JSON. */
export async function verdictOf(page: Page): Promise<AuditVerdict> {
  await page.locator('details.page-json > summary').click();
  const text = await page.locator('details.page-json pre:not(:empty)').textContent();
  return JSON.parse(text ?? '') as AuditVerdict;
}
