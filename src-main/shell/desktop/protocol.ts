import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';

export const WINDOW_URL = 'binnacle://app/index.html';

const ROOT = join(import.meta.dirname, '../renderer');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * Registers the scheme the window is served by (never `file://`: a page from it could read the disk). To be
 * called before the app is ready; the function it returns, after.
 */
export function serveWindowFiles(): () => void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'binnacle', privileges: { standard: true, secure: true } }]);
  return () => protocol.handle('binnacle', (request) => windowFile(request.url));
}

async function windowFile(url: string): Promise<Response> {
  const { host, pathname } = new URL(url);
  const file = normalize(join(ROOT, decodeURIComponent(pathname)));
  const type = TYPES[extname(file)];
  if (host !== 'app' || !file.startsWith(ROOT + sep) || type === undefined) return new Response(null, { status: 404 });
  try {
    return new Response(await readFile(file), { headers: { 'content-type': type } });
  } catch {
    return new Response(null, { status: 404 });
  }
}
