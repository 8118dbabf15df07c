import type { IncomingMessage } from 'node:http';

/** Where the page is: `127.0.0.1:4000` and `http://127.0.0.1:4000`. */
export interface Place {
  readonly host: string;
  readonly origin: string;
}

/** Always the number: `localhost` may be an address of IPv6, where somebody else can listen on the same port. */
export const LOOPBACK = '127.0.0.1';

export function placeOf(port: number): Place {
  const { host, origin } = new URL(`http://${LOOPBACK}:${port}`);
  return { host, origin };
}

/** The part of a request the rules look at. */
export type Judged = Pick<IncomingMessage, 'method' | 'headersDistinct'>;

/**
 * Whether a request may be looked at further (DESIGN rule 9). Host on every request, against names that were made to
 * lead here (DNS rebinding); Origin on upgrades and on anything but GET, against other pages; on a plain GET, which
 * carries no Origin, Sec-Fetch-Site. A header given twice is never right.
 *
 * A GET without Sec-Fetch-Site passes: browsers in use send it to loopback always, other programs need not, and all
 * a GET is given are the files of the build, which hold no secret.
 */
export function isAllowed({ method, headersDistinct: headers }: Judged, upgrade: boolean, place: Place): boolean {
  if (!isExactly(headers.host, place.host)) return false;
  if (upgrade || method !== 'GET') return isExactly(headers.origin, place.origin);
  if (headers.origin !== undefined && !isExactly(headers.origin, place.origin)) return false;
  const site = headers['sec-fetch-site'];
  return site === undefined || isExactly(site, 'none') || isExactly(site, 'same-origin');
}

function isExactly(values: readonly string[] | undefined, wanted: string): boolean {
  return values?.length === 1 && values[0] === wanted;
}

/** Name of the cookie. It carries the port: ports of a host share their cookies, and two Binnacles must not. */
export function cookieName(port: number): string {
  return `binnacle-${port}`;
}

/** Every value the browser holds under `name`: a page on another port may have set one beside ours. */
export function cookiesOf({ headersDistinct }: Judged, name: string): string[] {
  return (headersDistinct.cookie ?? [])
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

/** What the socket speaks. Offered beside the secret, which is not to be echoed. */
export const PROTOCOL = 'binnacle';

/** The secret in `binnacle, binnacle.<secret>`, in either order; null: anything else. */
export function secretOf({ headersDistinct }: Judged): string | null {
  const offered = (headersDistinct['sec-websocket-protocol'] ?? []).flatMap((header) => header.split(','));
  const [plain, secret, ...more] = offered.map((one) => one.trim()).sort((a, b) => a.length - b.length);
  if (plain !== PROTOCOL || more.length > 0 || !secret?.startsWith(`${PROTOCOL}.`)) return null;
  return secret.slice(PROTOCOL.length + 1);
}
