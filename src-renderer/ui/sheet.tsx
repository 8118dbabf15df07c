import { Modal } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { Button } from './button.tsx';
import { LayerFrame } from './layer.tsx';
import css from './sheet.module.css';

interface SheetProps {
  readonly title: React.ReactNode;
  /** A line under the title. */
  readonly subtitle?: React.ReactNode;
  /** `narrow`: 440 pixels, for a form or a question; `wide`: for tables and logs. At 900 pixels both cover the page. */
  readonly width?: 'narrow' | 'wide';
  readonly onClose: () => void;
  /** Buttons at the bottom, which stay in view. */
  readonly footer?: React.ReactNode;
  /** `fill`: the content scrolls by itself and is given the whole height, without padding. */
  readonly body?: 'padded' | 'fill';
  /**
   * Where the focus goes when it opens. `first`: to the first thing in it that takes some, or to what is marked with
   * `data-autofocus`; `title`: where nothing must happen by a key that was still meant for what opened it.
   */
  readonly focus?: 'first' | 'title';
  /** Beside its title. */
  readonly actions?: React.ReactNode;
  readonly children: React.ReactNode;
}

/** Slides over the right of the page, keeps the focus, and gives it back. Nothing behind it moves. */
export function Sheet({
  title,
  subtitle,
  width = 'narrow',
  onClose,
  footer,
  body = 'padded',
  focus = 'first',
  actions,
  children,
}: SheetProps) {
  return (
    <LayerFrame css={css} width={width} onClose={onClose}>
      <div className={css.head}>
        <div className={css.titles}>
          <Modal.Title className={css.title} {...(focus === 'title' ? { tabIndex: -1, 'data-autofocus': true } : {})}>
            {title}
          </Modal.Title>
          {subtitle !== undefined && <div className={css.subtitle}>{subtitle}</div>}
        </div>
        {actions !== undefined && <div className={css.actions}>{actions}</div>}
        <Button look="quiet" aria-label="Close" onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </Button>
      </div>
      <div className={css.body} data-body={body}>
        {children}
      </div>
      {footer !== undefined && (
        <div className={css.foot} data-sheet-foot>
          {footer}
        </div>
      )}
    </LayerFrame>
  );
}
