import type { LabTools } from '../lab/lab-access.ts';

/** When the engine says that something happened to a container since `from`; both milliseconds since the epoch. */
export async function engineTimes(
  { docker }: LabTools,
  idOrName: string,
  action: string,
  from: number,
): Promise<number[]> {
  const listed = await docker([
    'events',
    ...['--since', String(Math.floor(from / 1_000))],
    ...['--until', String(Math.ceil(Date.now() / 1_000))],
    ...['--filter', 'type=container', '--filter', `container=${idOrName}`],
    ...['--format', '{{.TimeNano}} {{.Action}}'],
  ]);
  return listed.split('\n').flatMap((line) => {
    const [nano = '', ...words] = line.split(' ');
    const at = Number(nano.slice(0, -6));
    return words.join(' ') === action && at >= from ? [at] : [];
  });
}
