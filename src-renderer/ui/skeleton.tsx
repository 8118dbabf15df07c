import css from './skeleton.module.css';

/** The place of something that is still being read; sizes in pixels. */
export function Skeleton({ width, height = 12 }: { readonly width?: number; readonly height?: number }) {
  return <span className={css.bone} style={{ width: width ?? '100%', height }} aria-hidden="true" />;
}
