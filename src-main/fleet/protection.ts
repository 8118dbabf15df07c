import type { Port, Protection } from '#contract/fleet.ts';
import { DATA_PATHS, DATABASE_PORTS, databaseNamed, isDatabaseImage } from './database-marks.ts';

export interface ProtectionEvidence {
  readonly image: string;
  readonly name: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  readonly mountPaths: readonly string[];
}

/**
 * Why a container must not be acted upon carelessly (DESIGN, the guard); null: nothing says so. Of several reasons the
 * strongest: it holds data, it is marked on its host, the operator has said so in Binnacle.
 *
 * `binnacle.protect=false` takes nothing away: a label is written on the host, by whoever can edit a Compose file, and
 * must not lift what asks for an explicit, timed unlock.
 */
export function protectionOf(evidence: ProtectionEvidence, byOperator: boolean): Protection | null {
  if (isDatabase(evidence)) return 'database';
  if (isTrue(evidence.labels['binnacle.protect'])) return 'label';
  return byOperator ? 'operator' : null;
}

/**
 * Its image is a database's, a volume lies where only a database keeps its files, or it is named like a database and
 * listens like one.
 */
function isDatabase({ image, name, service, ports, mountPaths }: ProtectionEvidence): boolean {
  if (isDatabaseImage(image)) return true;
  const names = [databaseNamed(image, 'image'), databaseNamed(service, 'name'), databaseNamed(name, 'name')];
  const hasFiles = mountPaths.some((mounted) => DATA_PATHS.has(mounted.replace(/(.)\/+$/, '$1')));
  const listens = ports.some(({ containerPort, protocol }) => protocol === 'tcp' && DATABASE_PORTS.has(containerPort));
  // An exporter, an admin page or a backup job shares the names of its database, and its port or its files, never both.
  if (names.includes('tool')) return hasFiles && listens;
  return hasFiles || (listens && names.includes('database'));
}

function isTrue(label: string | undefined): boolean {
  return label !== undefined && ['true', '1', 'yes', 'on'].includes(label.trim().toLowerCase());
}
