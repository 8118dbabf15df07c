/** What a key asks for, wherever it is pressed. */
export type KeyCommand =
  | 'palette'
  | 'keys'
  | 'filter'
  | 'next'
  | 'previous'
  | 'right'
  | 'left'
  | 'down'
  | 'up'
  | 'logs'
  | 'restart'
  | 'escape';

/** The parts of a keyboard event that decide. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** It went to a field that takes text. */
  readonly typing: boolean;
}

const BARE: Readonly<Record<string, KeyCommand>> = {
  '/': 'filter',
  '?': 'keys',
  j: 'next',
  k: 'previous',
  l: 'logs',
  r: 'restart',
  ArrowRight: 'right',
  ArrowLeft: 'left',
  ArrowDown: 'down',
  ArrowUp: 'up',
};

/** The command of a key; null: it is the page's own, or somebody is typing. */
export function keyCommand({ key, ctrlKey, metaKey, altKey, typing }: KeyPress): KeyCommand | null {
  if (altKey) return null;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' ? 'palette' : null;
  if (key === 'Escape') return 'escape';
  return typing || !Object.hasOwn(BARE, key) ? null : (BARE[key] ?? null);
}

export function keyPress(event: KeyboardEvent): KeyPress {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  return { key, ctrlKey, metaKey, altKey, typing: isTextField(target) };
}

const NOT_TEXT = new Set(['button', 'checkbox', 'radio', 'range', 'submit']);

function isTextField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !NOT_TEXT.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Every key, for the list that `?` shows. */
export const KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['/'], does: 'Filter' },
  { keys: ['j', 'k'], does: 'Next and previous row or card' },
  { keys: ['←', '→', '↑', '↓'], does: 'Move between cards' },
  { keys: ['Enter'], does: 'Open' },
  { keys: ['l'], does: 'Logs' },
  { keys: ['r'], does: 'Plan a restart of the row or card' },
  { keys: ['Ctrl', 'K'], does: 'Go to a host, an app, a container or a page' },
  { keys: ['Esc'], does: 'Close what is open, clear the filter, or leave a host’s page' },
  { keys: ['Space'], does: 'In a log: hold it still, or go on' },
  { keys: ['End'], does: 'In a log: back to the end, and follow' },
  { keys: ['?'], does: 'This list' },
];
