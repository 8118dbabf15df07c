/**
 * Puts `text` on the clipboard; to be called while a click or a key is handled. The desktop denies every permission, that of
 * `navigator.clipboard` too; the old command asks for none. @returns false where the browser refused
 */
export function copyText(text: string): boolean {
  let set = false;
  const onCopy = (event: ClipboardEvent) => {
    event.preventDefault();
    event.clipboardData?.setData('text/plain', text);
    set = event.clipboardData !== null;
  };
  document.addEventListener('copy', onCopy, { capture: true, once: true });
  const done = document.execCommand('copy');
  document.removeEventListener('copy', onCopy, { capture: true });
  return done && set;
}
