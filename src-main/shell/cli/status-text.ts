import type { Problem } from '#contract/errors.ts';
import type { App, Container, Fleet, Host } from '#contract/fleet.ts';
import { formatBytes } from '../../fleet/figures.ts';
import { stateWords } from '../../fleet/host-state-words.ts';
import { verdictRank } from '../../fleet/verdict.ts';
import { visibleText } from '../../kernel/text.ts';
import { SHAPE, type Style } from './style.ts';
import { type Cell, type Column, tableLines } from './table.ts';
import { fittedColumns, wrappedLines } from './text-fit.ts';

const MAX_PIPS = 12;
/** "–" is "not known", never 0. */
const NOT_KNOWN = '–';

/**
 * What `status` prints for people: the sentence, what needs attention worst first, the apps, then problems with
 * their next steps. Sections with nothing in them are left out.
 * @param width of the terminal, in characters, at least 40: no line is longer. Infinity: nothing is cut or wrapped
 */
export function statusText(fleet: Fleet, problems: readonly Problem[], style: Style, width: number): string {
  const sections = [
    sentenceLines(fleet, style, width),
    section('NEEDS ATTENTION', attentionLines(fleet, style, width), style),
    section('APPS', appLines(fleet, style, width), style),
    section(
      'PROBLEMS',
      problems.flatMap((problem) => problemLines(problem, style, width)),
      style,
    ),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The one sentence that answers the question, with its shape. */
export function sentenceLines({ verdict, sentence }: Fleet, style: Style, width: number): string[] {
  return wrappedLines(sentence, width - 2).map(
    (line, index) => `${index === 0 ? style.verdict(verdict, SHAPE[verdict]) : ' '} ${style.strong(line)}`,
  );
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : [style.dim(title), ...lines];
}

function attentionLines({ hosts }: Fleet, style: Style, width: number): string[] {
  const several = hosts.length > 1;
  const rows = hosts.flatMap((host) => {
    // An unreachable host is one row, not one for each of its containers.
    if (host.status.state !== 'live') return [{ verdict: host.verdict, cells: unreachableCells(host, style) }];
    return host.apps.flatMap((app) =>
      app.containers
        .filter(({ verdict }) => verdict !== 'green')
        .map((container) => ({
          verdict: container.verdict,
          cells: containerCells(host, app, container, several, style),
        })),
    );
  });
  const sorted = rows.toSorted((a, b) => verdictRank(a.verdict) - verdictRank(b.verdict)).map(({ cells }) => cells);
  const columns: Column[] = [
    { align: 'left', max: 1 },
    { align: 'left', max: atMost(40, width) },
    { align: 'left', max: width },
    { align: 'left', max: atMost(24, width) },
  ];
  return tableLines(fittedColumns(columns, sorted, width), sorted);
}

function unreachableCells({ target, verdict, status }: Host, style: Style): Cell[] {
  return [shape(verdict, style), { text: hostName(target), paint: style.strong }, { text: hostStateText(status) }];
}

/** The state of a host, with what it says of itself. */
export function hostStateText(status: Host['status']): string {
  return 'message' in status ? `${stateWords(status)}: ${visibleText(status.message)}` : stateWords(status);
}

function containerCells(host: Host, app: App, container: Container, several: boolean, style: Style): Cell[] {
  const { service, verdict, reason } = container;
  return [
    shape(verdict, style),
    { text: pathOf(app.name, service), paint: style.strong },
    { text: container.provisional ? `${visibleText(reason)} (provisional)` : visibleText(reason) },
    ...(several ? [{ text: hostName(host.target), paint: style.dim }] : []),
  ];
}

/** `app / service`, or the one name where both are the same. */
export function pathOf(app: string, service: string): string {
  return visibleText(app === service ? app : `${app} / ${service}`);
}

function appLines({ hosts }: Fleet, style: Style, width: number): string[] {
  const rows = hosts.flatMap((host) => host.apps.map((app) => ({ host, app })));
  if (rows.length === 0) return [];
  const sorted = rows.toSorted(
    (a, b) => verdictRank(a.app.verdict) - verdictRank(b.app.verdict) || a.app.name.localeCompare(b.app.name),
  );
  const head = ['', 'app', 'host', 'containers', 'CPU, cores', 'memory', 'ports'].map((text) => ({
    text,
    paint: style.dim,
  }));
  const columns: Column[] = [
    { align: 'left', max: 1 },
    { align: 'left', max: atMost(28, width) },
    { align: 'left', max: atMost(24, width) },
    { align: 'left', max: MAX_PIPS + 8 },
    { align: 'right', max: 10 },
    { align: 'right', max: 9 },
    { align: 'left', max: width },
  ];
  const cells = [head, ...sorted.map(({ host, app }) => appCells(host, app, style))];
  return tableLines(fittedColumns(columns, cells, width), cells);
}

/** Tidy columns on a terminal; for whoever reads a pipe nothing is cut. */
function atMost(chars: number, width: number): number {
  return Number.isFinite(width) ? chars : width;
}

function appCells(host: Host, { name, verdict, containers }: App, style: Style): Cell[] {
  const cpu = sum(containers.map(({ cpuPercent }) => cpuPercent));
  const memory = sum(containers.map(({ memoryBytes }) => memoryBytes));
  const published = new Set(containers.flatMap(({ ports }) => ports.map(({ hostPort }) => hostPort)));
  published.delete(null);
  return [
    shape(verdict, style),
    { text: visibleText(name), paint: style.strong },
    { text: hostName(host.target), paint: style.dim },
    { text: pips(containers) },
    { text: cpu === null ? NOT_KNOWN : (cpu / 100).toFixed(2) },
    { text: memory === null ? NOT_KNOWN : formatBytes(memory) },
    { text: [...published].map((port) => `:${port}`).join(' ') },
  ];
}

/** One shape a container, the odd ones first; what is beyond {@link MAX_PIPS} is counted. */
function pips(containers: readonly Container[]): string {
  const sorted = containers.toSorted((a, b) => verdictRank(a.verdict) - verdictRank(b.verdict));
  const more = sorted.length - MAX_PIPS;
  const shown = sorted.slice(0, MAX_PIPS).map(pip).join('');
  return more > 0 ? `${shown} +${more}` : shown;
}

function pip({ verdict, state, health }: Container): string {
  if (verdict === 'down') return '■';
  if (verdict === 'attention') return '▲';
  if (verdict === 'unknown') return '?';
  if (state !== 'running') return '–';
  return health === 'healthy' ? '●' : '○';
}

function problemLines({ where, code, message, hint }: Problem, style: Style, width: number): string[] {
  const [place, mark] = [visibleText(where), `(${code})`];
  const lines = wrappedLines(`${place}  ${visibleText(message)} ${mark}`, width, '  ').map((line, index, all) => {
    const named = index === 0 && line.startsWith(place) ? style.strong(place) + line.slice(place.length) : line;
    return index === all.length - 1 && named.endsWith(mark) ? named.slice(0, -mark.length) + style.dim(mark) : named;
  });
  return hint === null ? lines : [...lines, ...wrappedLines(`  ${visibleText(hint)}`, width, '  ')];
}

function shape(verdict: Host['verdict'], style: Style): Cell {
  return { text: SHAPE[verdict], paint: (text) => style.verdict(verdict, text) };
}

/** `atlas` of `ssh://ops@atlas:2222/run/docker.sock`, with the port where it is not the usual one. */
function hostName(target: string): string {
  return visibleText(target.replace(/^ssh:\/\/([^@/]*@)?/, '').replace(/\/.*$/, ''));
}

/** Sum of what is known; null where nothing is. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
