import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './add-host.module.css';
import { EngineChoice } from './engine-choice.tsx';
import { HostField } from './host-field.tsx';
import { otherForm, readForm, type TargetForm } from './target-form.ts';
import { DEFAULT_PORT } from './target-reading.ts';
import { Understood } from './understood.tsx';
import { useAliases } from './use-aliases.ts';

interface TargetFieldsProps {
  readonly form: TargetForm;
  readonly onChange: (form: TargetForm) => void;
  /** What the core said of it; null: nothing. */
  readonly problem: string | null;
}

/** Where the host is: in one line or chosen, or part by part with how its engine is reached. */
export function TargetFields({ form, onChange, problem }: TargetFieldsProps) {
  const aliases = useAliases();
  const reading = readForm(form);
  const wrong = problem ?? (reading.reading === 'unclear' ? reading.why : undefined);
  const other = otherForm(form);
  const hasAliases = aliases !== null && aliases.length > 0;
  return (
    <div className={css.group}>
      {form.form === 'one' ? (
        <HostField
          text={form.text}
          onChange={(text) => onChange({ form: 'one', text })}
          aliases={aliases}
          placeholder={hasAliases ? 'user@host:port, or one of these' : 'user@host'}
          wrong={wrong}
        />
      ) : (
        <PlaceFields form={form} onChange={onChange} wrong={wrong} />
      )}
      <div className={css.understood}>
        {reading.reading === 'understood' ? (
          <Understood target={reading.target} parts={reading.parts} aliases={aliases ?? []} />
        ) : (
          <span>{reading.reading === 'empty' && form.form === 'one' && FORMS[hasAliases ? 'listed' : 'alone']}</span>
        )}
        {other !== null && (
          <Button look="quiet" size="small" onClick={() => onChange(other)}>
            {form.form === 'one' ? 'Port, engine…' : 'In one line'}
          </Button>
        )}
      </div>
      {form.form === 'parts' && <EngineChoice form={form} onChange={onChange} />}
    </div>
  );
}

/** What else can be typed, or where what is listed comes from. */
const FORMS = {
  alone: 'or host:port, or ssh://user@host:port/socket',
  listed: 'From your ssh_config',
} as const;

interface PlaceFieldsProps {
  readonly form: Extract<TargetForm, { form: 'parts' }>;
  readonly onChange: (form: TargetForm) => void;
  readonly wrong: string | undefined;
}

function PlaceFields({ form, onChange, wrong }: PlaceFieldsProps) {
  const field = (part: 'user' | 'host' | 'port', label: string, placeholder: string) => (
    <TextField
      label={label}
      placeholder={placeholder}
      mono
      value={form.parts[part]}
      onChange={(event) => onChange({ ...form, parts: { ...form.parts, [part]: event.currentTarget.value } })}
    />
  );
  return (
    <div className={css.parts}>
      {field('user', 'User', 'your own name')}
      {field('host', 'Host', 'name or alias')}
      {field('port', 'Port', DEFAULT_PORT)}
      {wrong !== undefined && (
        <p className={css.wrong} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}
