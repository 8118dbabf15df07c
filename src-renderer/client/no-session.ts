/** The browser shell knows no session of this page: a fresh link is needed, trying again does not help. */
export class NoSessionError extends Error {
  override readonly name = 'NoSessionError';
}
