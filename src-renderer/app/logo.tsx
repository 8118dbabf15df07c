/** The compass in its stand: Binnacle's mark. */
export function Logo() {
  return (
    <svg width="26" height="26" viewBox="0 0 26 26" fill="none" aria-hidden="true">
      <circle cx="13" cy="13" r="10.5" stroke="currentColor" strokeWidth="1.8" />
      <path d="M13 2.5v3M13 20.5v3M2.5 13h3M20.5 13h3" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
      <path d="m13 6.5 2.6 6.5-2.6 6.5-2.6-6.5Z" fill="currentColor" />
    </svg>
  );
}
