import { useCallback } from 'react';
import { useUi } from '../../store/hooks.ts';
import type { ItemKey } from '../../store/ui-store.ts';

/** Makes a row or card one of those the keyboard walks through: Tab stops once, at the one that was last stood on. */
export function useRoving(item: ItemKey) {
  const here = useUi((state) => state.selected === item);
  const none = useUi((state) => state.selected === null);
  const select = useUi((state) => state.select);
  const onFocus = useCallback(() => select(item), [select, item]);
  // Before anything was stood on, every one can be tabbed to: the first is reached first.
  return { 'data-item': item, tabIndex: here || none ? 0 : -1, onFocus };
}
