import { createContext, use } from 'react';

const Covered = createContext(false);

interface LayerProps {
  /** Another one lies over it. */
  readonly covered: boolean;
  readonly children: React.ReactNode;
}

/** One of the sheets and dialogs that lie over the page. Those that are covered stay as they are, out of reach. */
export function Layer({ covered, children }: LayerProps) {
  return <Covered value={covered}>{children}</Covered>;
}

/** What a sheet or dialog gives its frame and its content, by whether it is covered. */
export function useLayer() {
  const covered = use(Covered);
  // Its hold on Tab does no harm while the focus is elsewhere; taking that from it would, once it is uncovered: it would
  // move the focus to its first button, and not back to where it was.
  return {
    frame: { closeOnEscape: !covered },
    content: covered ? ({ inert: true, 'aria-hidden': true } as const) : {},
  };
}
