import type { ItemKey } from '../../store/ui-store.ts';
import type { Found } from './use-found.ts';

/** More rows than this are told as a figure, with a button that shows them: the apps must stay in reach. */
export const ROWS_SHOWN = 6;

/** Everything one walks through with `j` and `k`, in the order it stands on the page. */
export function itemsOf({ hosts, troubled, apps }: Found, rowsShown: number): readonly ItemKey[] {
  return [
    ...hosts.map((id): ItemKey => `host:${id}`),
    ...troubled.slice(0, rowsShown).map((key): ItemKey => `container:${key}`),
    ...apps.map((key): ItemKey => `app:${key}`),
  ];
}

/** Where a step leads: by one through everything, or by a row of cards. null: nowhere. */
export function stepFrom(
  items: readonly ItemKey[],
  from: ItemKey | null,
  step: 'next' | 'previous' | 'right' | 'left' | 'down' | 'up',
  columns: number,
): ItemKey | null {
  const at = from === null ? -1 : items.indexOf(from);
  if (at < 0) return items[0] ?? null;
  const back = step === 'previous' || step === 'left' || step === 'up';
  const inGrid = items[at]?.startsWith('app:') === true && (step === 'down' || step === 'up');
  if (!inGrid) return items[at + (back ? -1 : 1)] ?? null;
  const firstCard = items.findIndex((key) => key.startsWith('app:'));
  const to = at + (back ? -columns : columns);
  // Up from the first row of cards leads to the last row of the list above; down in the last but one, to the last card.
  if (back) return to >= firstCard ? (items[to] ?? null) : (items[firstCard - 1] ?? null);
  return items[Math.min(to, items.length - 1)] ?? null;
}
