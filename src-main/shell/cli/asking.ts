import type { Deadline } from '../../kernel/deadline.ts';

/** Whether a person is being asked something just now. */
export interface Asking {
  /** A question is put to a person; it is over when what this returns is disposed. */
  readonly begin: () => Disposable;
  isOpen(): boolean;
  /** Called when the last open question is over. */
  onEnd(listener: () => void): void;
}

/** The machine's time does not run while a person is asked; it does while a pipe is read. */
export function createAsking(deadline: Pick<Deadline, 'pause'>): Asking {
  const listeners: (() => void)[] = [];
  let open = 0;
  return {
    begin() {
      const pause = deadline.pause();
      open += 1;
      let over = false;
      return {
        [Symbol.dispose]() {
          if (over) return;
          over = true;
          pause[Symbol.dispose]();
          open -= 1;
          if (open === 0) for (const listener of listeners) listener();
        },
      };
    },
    isOpen: () => open > 0,
    onEnd: (listener) => void listeners.push(listener),
  };
}
