import { isLocal } from './suggestions.ts';
import { readParts, readTarget, type TargetParts, type TargetReading } from './target-reading.ts';

/**
 * How the engine is reached on its host. `any`: its socket, forwarded by sshd or through the docker command; a port leaves
 * out the socket.
 */
export type EngineWay = 'any' | 'dial-stdio' | 'sudo-dial-stdio' | 'tcp';

/** Where the host is, in whichever way it is being typed. */
export type TargetForm =
  | { readonly form: 'one'; readonly text: string }
  | { readonly form: 'parts'; readonly parts: TargetParts; readonly way: EngineWay };

export const EMPTY_FORM: TargetForm = { form: 'one', text: '' };

export function readForm(form: TargetForm): TargetReading {
  if (form.form === 'one') return readTarget(form.text);
  const { parts, way } = form;
  if (way === 'tcp' && parts.tcp.trim() === '' && parts.host.trim() !== '') {
    return { reading: 'unclear', why: 'Name the engine’s port as the host sees it, as in 127.0.0.1:2375.' };
  }
  return readParts(partsFor(parts, way));
}

/** What was typed for another way than the chosen one does not count; it stays in its field. */
function partsFor(parts: TargetParts, way: EngineWay): TargetParts {
  if (way === 'tcp') return { ...parts, socketPath: '', via: '' };
  return { ...parts, tcp: '', via: way === 'any' ? '' : way };
}

function wayOf({ via, tcp }: TargetParts): EngineWay {
  if (tcp !== '') return 'tcp';
  return via === '' ? 'any' : via;
}

const NO_PARTS: TargetParts = { user: '', host: '', port: '', socketPath: '', via: '', tcp: '' };

/** From one line to parts, and back; what is understood is carried over. null: there is no other form of it. */
export function otherForm(form: TargetForm): TargetForm | null {
  const reading = readForm(form);
  const known = reading.reading === 'understood' ? reading : null;
  if (form.form === 'parts') return { form: 'one', text: known?.target ?? form.parts.host };
  // Nothing of this machine is to be told in parts.
  if (known !== null && isLocal(known.target)) return null;
  const parts = known?.parts ?? { ...NO_PARTS, host: form.text.trim() };
  return { form: 'parts', parts, way: wayOf(parts) };
}
