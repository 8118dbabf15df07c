import { TextField } from '../../ui/text-field.tsx';
import css from './add-host.module.css';
import type { EngineWay, TargetForm } from './target-form.ts';
import { DEFAULT_SOCKET } from './target-reading.ts';

type PartsForm = Extract<TargetForm, { form: 'parts' }>;

interface EngineChoiceProps {
  readonly form: PartsForm;
  readonly onChange: (form: PartsForm) => void;
}

const WAYS: readonly { readonly way: EngineWay; readonly label: string; readonly note: string }[] = [
  {
    way: 'any',
    label: 'Its socket, as the host allows',
    note: 'Forwarded by sshd; where sshd does not, through the docker command.',
  },
  {
    way: 'dial-stdio',
    label: 'Its socket, through the docker command',
    note: '“docker system dial-stdio” is run on the host, and a few things at once are the most.',
  },
  {
    way: 'sudo-dial-stdio',
    label: 'The same as root, with sudo',
    note: 'Where the host lets this account run that one command without a password.',
  },
  {
    way: 'tcp',
    label: 'A port on the host',
    note: 'Such as that of docker-socket-proxy. It is reached through SSH, and needs not be open to others.',
  },
];

/** Where the engine is on its host, and what carries its requests there. */
export function EngineChoice({ form, onChange }: EngineChoiceProps) {
  const { parts, way } = form;
  return (
    <fieldset className={css.engine}>
      <legend className={css.legend}>Reach its engine through</legend>
      <div className={css.options}>
        {WAYS.map((one) => (
          <label key={one.way} className={css.option}>
            <input
              type="radio"
              name="engine-way"
              checked={one.way === way}
              onChange={() => onChange({ ...form, way: one.way })}
            />
            <span>
              {one.label} <span className={css.note}>{one.note}</span>
            </span>
          </label>
        ))}
      </div>
      {way === 'tcp' ? (
        <TextField
          label="Address and port, as the host sees them"
          placeholder="127.0.0.1:2375"
          mono
          value={parts.tcp}
          onChange={(event) => onChange({ ...form, parts: { ...parts, tcp: event.currentTarget.value } })}
        />
      ) : (
        <TextField
          label="Engine’s socket"
          placeholder={DEFAULT_SOCKET}
          mono
          value={parts.socketPath}
          onChange={(event) => onChange({ ...form, parts: { ...parts, socketPath: event.currentTarget.value } })}
        />
      )}
    </fieldset>
  );
}
