import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import type { Protocol } from 'electron';
import { isWindowUrl, WINDOW_SCHEME } from './window-page.ts';

/**
 * What the window may load: its own files, and nothing from anywhere (DESIGN rule 8). It speaks to the core through its
 * port, never through a connection. The page says the same of itself in `src-renderer/index.html`, as far as a page can.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every response, refusals included. */
const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** To be called before the app is ready. `standard` and `secure` give the page an origin, and with it a working `'self'`. */
export function registerWindowScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: WINDOW_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** To be called once the app is ready. @param folder the built page */
export function serveWindowFiles(protocol: Pick<Protocol, 'handle'>, folder: string): void {
  protocol.handle(WINDOW_SCHEME, (request) => windowFile(request, folder));
}

async function windowFile({ method, url }: Request, folder: string): Promise<Response> {
  if (method !== 'GET') return refusal(405);
  const file = fileOf(url, folder);
  const type = file === null ? undefined : TYPES[extname(file)];
  if (file === null || type === undefined) return refusal(404);
  try {
    return new Response(await readFile(file), { headers: { ...SAFETY_HEADERS, 'content-type': type } });
  } catch {
    return refusal(404);
  }
}

/** The file `url` asks for; null where that is none of the window's. */
function fileOf(url: string, folder: string): string | null {
  if (!isWindowUrl(url)) return null;
  try {
    const file = normalize(join(folder, decodeURIComponent(new URL(url).pathname)));
    return file.startsWith(folder + sep) ? file : null;
  } catch {
    // `%` without its two digits.
    return null;
  }
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: SAFETY_HEADERS });
}
