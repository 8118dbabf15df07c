/** The scheme the window is served by: an origin of its own, where a page from `file://` could read the disk. */
export const WINDOW_SCHEME = 'binnacle';
const WINDOW_HOST = 'app';
export const WINDOW_URL = `${WINDOW_SCHEME}://${WINDOW_HOST}/index.html`;

/** True for anything the window is served: its page, styles, scripts, fonts. */
export function isWindowUrl(url: string): boolean {
  // Node's URL knows no origin of a scheme of our own ('null'), so its parts are compared.
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === `${WINDOW_SCHEME}:` && parsed.host === WINDOW_HOST;
}

/** True for the one page there is, wherever it has scrolled to. */
export function isWindowPage(url: string): boolean {
  return isWindowUrl(url) && URL.parse(url)?.pathname === URL.parse(WINDOW_URL)?.pathname;
}
