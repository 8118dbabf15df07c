import { useId } from 'react';
import css from './text-field.module.css';

interface TextFieldProps extends Omit<React.ComponentProps<'input'>, 'className' | 'id' | 'style'> {
  /** Shown above it; `hideLabel` keeps it for screen readers alone. */
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly description?: React.ReactNode;
  /** What is wrong with it, as a sentence. */
  readonly error?: React.ReactNode;
  /** What a machine reads: addresses, paths. */
  readonly mono?: boolean;
  /** Stands at its right end. */
  readonly right?: React.ReactNode;
}

/** A field with its label, and what is wrong with what was written. */
export function TextField({
  label,
  hideLabel = false,
  description,
  error,
  mono = false,
  right,
  ...input
}: TextFieldProps) {
  const id = useId();
  const wrong = error !== undefined && error !== null && error !== false && error !== '';
  const described = [description === undefined ? '' : `${id}-is`, wrong ? `${id}-wrong` : ''].filter(Boolean).join(' ');
  return (
    <div className={css.root}>
      <label className={hideLabel ? css.hidden : css.label} htmlFor={id}>
        {label}
      </label>
      {description !== undefined && (
        <p className={css.description} id={`${id}-is`}>
          {description}
        </p>
      )}
      <div className={css.wrapper}>
        <input
          autoComplete="off"
          spellCheck={false}
          {...input}
          id={id}
          className={mono ? css.mono : css.input}
          aria-invalid={wrong || undefined}
          aria-describedby={described === '' ? undefined : described}
        />
        {right !== undefined && <span className={css.section}>{right}</span>}
      </div>
      {wrong && (
        <p className={css.error} id={`${id}-wrong`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
