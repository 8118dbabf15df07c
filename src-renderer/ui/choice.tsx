import { useId } from 'react';
import css from './choice.module.css';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly options: readonly { readonly value: Value; readonly label: React.ReactNode }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
}

/** One of a few, side by side: radio buttons by nature, so that the arrow keys and screen readers know them. */
export function Choice<Value extends string>({
  label,
  hideLabel = false,
  options,
  value,
  onChange,
  disabled,
}: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset disabled={disabled}>
      <legend className={hideLabel ? css.hidden : css.legend}>{label}</legend>
      <div className={css.row}>
        {options.map((option) => (
          <label key={option.value} className={css.option}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
