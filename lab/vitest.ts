import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, inject } from 'vitest';
import { type LabAccess, type LabTools, labTools } from './lab-access.ts';
import { type Extra, missingExtras } from './requirements.ts';

/** What a visitor of the door is told; see vitest-global.ts. */
type LabAnswer = { readonly access: LabAccess } | { readonly error: string };

/**
 * A suite that needs the lab: dockerd with the fleet of fleet-plan.ts, and sshd in front of it. All suites share one
 * lab, so a suite changes only containers that it has made itself (`lab.runContainer`). Where a part is missing it is
 * skipped with the reason printed; under BINNACLE_LAB=required the run fails instead.
 * @param extras what it needs beyond the lab
 */
export function describeLab(name: string, suite: (lab: LabTools) => void, extras: readonly Extra[] = []): void {
  const { missing, door } = inject('lab');
  if (skipped(name, [...missing, ...missingExtras(extras)], () => suite(labTools(nowhere)))) return;
  describe(name, async () => suite(labTools(await askForLab(door))));
}

/** A suite that needs sshd and ssh-keygen, and starts its own with `startSshd`; otherwise as {@link describeLab}. */
export function describeSshd(name: string, suite: () => void, extras: readonly Extra[] = []): void {
  if (skipped(name, [...inject('lab').missingForSshd, ...missingExtras(extras)], suite)) return;
  describe(name, suite);
}

function skipped(name: string, missing: readonly string[], suite: () => void): boolean {
  if (missing.length === 0) return false;
  if (inject('lab').required) throw new Error(`${name} is required and cannot run: ${missing.join(' ')}`);
  for (const reason of missing) console.warn(`skipped: ${reason}`);
  // With its tests, so that they are counted.
  describe.skip(`${name} (skipped: ${missing.join(' ')})`, suite);
  return true;
}

/** Handed to suites that are skipped: it is never asked for anything. */
const nowhere: LabAccess = {
  target: '',
  host: '',
  port: 0,
  user: '',
  socketPath: '',
  clientKeyFile: '',
  knownHostsFile: '',
  hostKeyFingerprint: '',
  dockerdPid: 0,
  folder: '',
  containers: 0,
  databases: false,
};

async function askForLab(door: string): Promise<LabAccess> {
  const answer = (await json(connect(door))) as LabAnswer;
  if ('error' in answer) throw new Error(answer.error);
  return answer.access;
}
