import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY, serveWindowFiles } from './window-files.ts';

let folder = '';
let serve: (request: Request) => Response | Promise<Response>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binnacle-window-files-'));
  await writeFile(join(folder, '..', 'binnacle-outside.js'), 'outside');
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'notes.txt'), 'no type of the window');
  const handle = (_scheme: string, handler: typeof serve) => {
    serve = handler;
  };
  serveWindowFiles({ handle }, folder);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(join(folder, '..', 'binnacle-outside.js'), { force: true });
});

const get = (url: string, method = 'GET') => serve(new Request(url, { method }));

describe('serveWindowFiles', () => {
  it('serves the page with every safety header', async () => {
    const response = await get('binnacle://app/index.html');
    expect([response.status, await response.text(), Object.fromEntries(response.headers)]).toEqual([
      200,
      '<!doctype html>',
      {
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'content-type': 'text/html; charset=utf-8',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    ]);
  });

  it.each([
    ['another host', 'binnacle://elsewhere/index.html', 404],
    ['a file that is not there', 'binnacle://app/missing.js', 404],
    ['a kind of file no window has', 'binnacle://app/notes.txt', 404],
    ['a folder', 'binnacle://app/', 404],
    ['a file outside', 'binnacle://app/..%2fbinnacle-outside.js', 404],
    ['a file outside, its dots encoded too', 'binnacle://app/%2e%2e%2fbinnacle-outside.js', 404],
    ['a NUL', 'binnacle://app/index.html%00.js', 404],
    ['half an escape', 'binnacle://app/%.html', 404],
  ])('refuses %s, with the same headers', async (_what, url, status) => {
    const response = await get(url);
    expect([response.status, response.headers.get('content-security-policy')]).toEqual([
      status,
      CONTENT_SECURITY_POLICY,
    ]);
  });

  it('is only read from', async () => {
    expect((await get('binnacle://app/index.html', 'POST')).status).toBe(405);
  });
});

describe('CONTENT_SECURITY_POLICY', () => {
  it('allows nothing that the page itself does not, and leaves out nothing that it says', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../src-renderer/index.html'), 'utf8');
    const meta = directives(/http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1] ?? '');
    const header = directives(CONTENT_SECURITY_POLICY);
    const onlyInHeader = ["connect-src 'none'", "frame-ancestors 'none'"];
    const onlyInPage = [...meta].filter((directive) => !header.has(directive) && !directive.startsWith('connect-src '));
    expect([
      onlyInPage,
      [...header].filter((directive) => !meta.has(directive) && !onlyInHeader.includes(directive)),
    ]).toEqual([[], []]);
  });
});

const directives = (policy: string) => new Set(policy.split(';').map((directive) => directive.trim()));
