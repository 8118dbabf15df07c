import type { RecordBody } from '../audit/records.ts';
import type { HostAccess } from '../fleet/host-access.ts';
import { limits } from '../kernel/limits.ts';
import { redact } from '../kernel/redact.ts';
import { visibleText } from '../kernel/text.ts';
import type { Subject } from './subjects.ts';

type UnlockRecord = Extract<RecordBody, { kind: 'unlock' }>;

/** A host as records name it, at this moment. */
export function hostRef({ id, label, target }: Pick<HostAccess, 'id' | 'label' | 'target'>): UnlockRecord['host'] {
  return { id, label: nameRef(label), target: target.slice(0, limits.ssh.targetChars) };
}

export function containerRef({ id, name, place }: Pick<Subject, 'id' | 'name' | 'place'>): UnlockRecord['container'] {
  return { id, name: nameRef(name), service: nameRef(place.service) };
}

export function nameRef(name: string): string {
  return visibleText(name, limits.text.labelChars);
}

/** What the operator typed, fit to be kept and shown to others: visible, bounded, without what looks like a secret. */
export function reasonText(reason: string): string {
  return visibleText(redact(reason) as string, limits.actions.reasonChars);
}
