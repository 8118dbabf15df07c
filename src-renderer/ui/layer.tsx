import { Modal } from '@mantine/core';
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

interface LayerFrameProps {
  /** A CSS module: `root`, `inner`, which places `content`, and `veil`, which lies over the page. */
  readonly css: Readonly<Record<string, string>>;
  /** Named for screen readers where it has no `Modal.Title`. */
  readonly label?: string | undefined;
  readonly place?: string;
  readonly width?: string;
  readonly onClose: () => void;
  readonly children: React.ReactNode;
}

/** The frame of a sheet or dialog: it keeps the focus, and Escape closes it, unless it is covered. */
export function LayerFrame({ css, label, place, width, onClose, children }: LayerFrameProps) {
  const covered = use(Covered);
  // Its hold on Tab does no harm while the focus is elsewhere; taking that from it would, once it is uncovered: it would
  // move the focus to its first button, and not back to where it was.
  return (
    <Modal.Root
      opened
      closeOnEscape={!covered}
      unstyled
      onClose={onClose}
      lockScroll={false}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      classNames={{ root: css.root, inner: css.inner, content: css.content }}
      data-place={place}
      data-width={width}
    >
      <Modal.Overlay unstyled className={css.veil} />
      <Modal.Content
        {...(covered ? { inert: true, 'aria-hidden': true } : {})}
        {...(label === undefined ? {} : { 'aria-label': label })}
      >
        {children}
      </Modal.Content>
    </Modal.Root>
  );
}
