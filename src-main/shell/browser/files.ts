import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { limits } from '../../kernel/limits.ts';

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  /** In quotes, as the header has it. */
  readonly etag: string;
  readonly cacheControl: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The build gives what stands here a name that changes with its content. */
const HASHED = /^\/assets\/.+-[\w-]{8}\.\w+$/;

/**
 * The files of the page by the one path each is asked for, `/` for the page itself. All are read now and none later:
 * no request reaches the disk, and there is no path to go astray with.
 * @throws Error where the page has not been built, or is beyond `limits.browser.files`, `filesBytes`
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile());
  if (found.length > limits.browser.files) throw new Error(`${folder} holds more files than a page is made of`);
  const files = new Map<string, PageFile>();
  let bytes = 0;
  for (const entry of found) {
    const file = path.join(entry.parentPath, entry.name);
    const url = `/${path.relative(folder, file).split(path.sep).join('/')}`;
    const body = await readFile(file);
    bytes += body.length;
    if (bytes > limits.browser.filesBytes) throw new Error(`${folder} holds more than a page is made of`);
    files.set(url === '/index.html' ? '/' : url, {
      body,
      type: TYPES[path.extname(url)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
      cacheControl: HASHED.test(url) ? 'private, max-age=31536000, immutable' : 'no-cache',
    });
  }
  if (!files.has('/')) throw new Error(`${folder} holds no index.html: the page has not been built`);
  return files;
}
