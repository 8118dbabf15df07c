import { gzipSync } from 'node:zlib';
import type { Response } from 'playwright-core';
import { atMost, type Judged } from './figures.ts';

const LIMIT_KB = 300;
const SCRIPT = /^(?:text|application)\/javascript\b/;

interface Fetched {
  readonly name: string;
  readonly kB: number;
}

export interface FirstLoad {
  /** gzip at its best, thousands of bytes. */
  readonly scriptsKb: Judged;
  readonly scripts: readonly Fetched[];
  /** Page, style sheets and fonts. */
  readonly othersKb: number;
}

/** What a browser fetched until the page was there, as `responses`, told as what it weighs. */
export async function weigh(responses: readonly Response[]): Promise<FirstLoad> {
  const fetched = await Promise.all(responses.map(sizeOf));
  const scripts = fetched.filter(({ isScript }) => isScript).map(({ name, kB }) => ({ name, kB }));
  const others = fetched.filter(({ isScript }) => !isScript);
  return { scriptsKb: atMost(LIMIT_KB, sum(scripts)), scripts, othersKb: sum(others) };
}

async function sizeOf(response: Response): Promise<Fetched & { readonly isScript: boolean }> {
  // A redirect, or an answer the page did not wait for, has no body to be had.
  const body = await response.body().catch(() => Buffer.alloc(0));
  return {
    name: new URL(response.url()).pathname,
    kB: Math.round(gzipSync(body, { level: 9 }).length / 10) / 100,
    isScript: response.request().resourceType() === 'script' || SCRIPT.test(response.headers()['content-type'] ?? ''),
  };
}

function sum(fetched: readonly Fetched[]): number {
  return Math.round(fetched.reduce((total, { kB }) => total + kB, 0) * 100) / 100;
}
