import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './add-host.module.css';
import {
  DEFAULT_PORT,
  DEFAULT_SOCKET,
  readParts,
  readTarget,
  type TargetParts,
  type TargetReading,
} from './target-reading.ts';

/** Where the host is, in whichever way it is being typed. */
export type TargetForm =
  | { readonly form: 'one'; readonly text: string }
  | { readonly form: 'parts'; readonly parts: TargetParts };

export function readForm(form: TargetForm): TargetReading {
  return form.form === 'one' ? readTarget(form.text) : readParts(form.parts);
}

interface TargetFieldsProps {
  readonly form: TargetForm;
  readonly onChange: (form: TargetForm) => void;
  /** What the core said of it; null: nothing. */
  readonly problem: string | null;
}

export function TargetFields({ form, onChange, problem }: TargetFieldsProps) {
  const reading = readForm(form);
  const wrong = problem ?? (reading.reading === 'unclear' ? reading.why : undefined);
  return (
    <div className={css.group}>
      {form.form === 'one' ? (
        <TextField
          label="Where is it?"
          placeholder="user@host"
          mono
          data-autofocus
          value={form.text}
          error={wrong}
          onChange={(event) => onChange({ form: 'one', text: event.currentTarget.value })}
        />
      ) : (
        <PartFields parts={form.parts} onChange={(parts) => onChange({ form: 'parts', parts })} wrong={wrong} />
      )}
      <div className={css.understood}>
        <Understood reading={reading} form={form.form} />
        <Button look="quiet" size="small" onClick={() => onChange(otherForm(form, reading))}>
          {form.form === 'one' ? 'Port, socket…' : 'In one line'}
        </Button>
      </div>
    </div>
  );
}

interface PartFieldsProps {
  readonly parts: TargetParts;
  readonly onChange: (parts: TargetParts) => void;
  readonly wrong: string | undefined;
}

function PartFields({ parts, onChange, wrong }: PartFieldsProps) {
  const field = (part: keyof TargetParts, label: string, placeholder: string) => (
    <TextField
      label={label}
      placeholder={placeholder}
      mono
      value={parts[part]}
      onChange={(event) => onChange({ ...parts, [part]: event.currentTarget.value })}
    />
  );
  return (
    <div className={css.parts}>
      {field('user', 'User', 'your own name')}
      {field('host', 'Host', 'name or address')}
      {field('port', 'Port', DEFAULT_PORT)}
      {field('socketPath', 'Engine’s socket', DEFAULT_SOCKET)}
      {wrong !== undefined && (
        <p className={css.wrong} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

/** What will be done with what was typed. */
function Understood({ reading, form }: { readonly reading: TargetReading; readonly form: TargetForm['form'] }) {
  if (reading.reading !== 'understood') {
    return (
      <span>{reading.reading === 'empty' && form === 'one' && 'or host:port, or ssh://user@host:port/socket'}</span>
    );
  }
  const { user, host, port, socketPath } = reading.parts;
  return (
    <span>
      {user === '' ? 'Your own user name' : <b>{user}</b>} at <b>{host}</b>, port <b>{port || DEFAULT_PORT}</b>
      {socketPath !== '' && socketPath !== DEFAULT_SOCKET && (
        <>
          , socket <b>{socketPath}</b>
        </>
      )}
    </span>
  );
}

function otherForm(form: TargetForm, reading: TargetReading): TargetForm {
  const known = reading.reading === 'understood' ? reading : null;
  if (form.form === 'parts') return { form: 'one', text: known?.target ?? form.parts.host };
  return { form: 'parts', parts: known?.parts ?? { user: '', host: form.text.trim(), port: '', socketPath: '' } };
}
