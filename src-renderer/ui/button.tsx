import css from './button.module.css';

interface ButtonProps extends Omit<React.ComponentProps<'button'>, 'className' | 'type'> {
  /** `primary`: the one thing to do here; `plain`: beside it; `quiet`: without an edge, for icons and links. */
  readonly look?: 'primary' | 'plain' | 'quiet';
  readonly size?: 'small' | 'normal';
  /** What it started is under way: it says so, keeps the focus, and takes no second click. */
  readonly busy?: boolean;
  /** Why it cannot be done now, as a sentence. A click comes through all the same: it says what to do about it. */
  readonly why?: string | null;
  /** `submit` sends the form it stands in. */
  readonly type?: 'button' | 'submit';
}

export function Button({
  look = 'plain',
  size = 'normal',
  busy = false,
  why = null,
  type = 'button',
  disabled,
  onClick,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      {...(why === null ? {} : { 'aria-disabled': true, title: why })}
      {...(busy ? { 'aria-disabled': true, 'aria-busy': true } : { onClick })}
      type={busy ? 'button' : type}
      className={css.button}
      data-look={look}
      data-size={size}
      disabled={disabled}
    >
      {busy && <span className={css.busy} aria-hidden="true" />}
      {children}
    </button>
  );
}
