import type { FleetContainer, FleetHost } from '#contract/updates.ts';
import type { AppView } from '../../store/fleet-state.ts';
import { markOf, publishedPorts } from './card-facts.ts';

/** What was typed, read: every term has to be found. */
export interface Filter {
  readonly words: readonly string[];
  /** What follows `is:`. */
  readonly marks: readonly string[];
}

/** Words apart by spaces; `is:down`, `is:attention`, `is:unknown`, `is:green`, `is:unchecked`, `is:stopped`, `is:protected`. */
export function parseFilter(text: string): Filter {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
  return {
    words: terms.filter((term) => !term.startsWith('is:')),
    marks: terms.filter((term) => term.startsWith('is:')).map((term) => term.slice(3)),
  };
}

export function isEmpty({ words, marks }: Filter): boolean {
  return words.length === 0 && marks.length === 0;
}

/** Looks in the app's name, its host, and each container's name, service, image, ports and addresses. */
export function matchesApp(filter: Filter, app: AppView, hostLabel: string): boolean {
  const common = `${app.name}\n${hostLabel}`.toLowerCase();
  // Words may be found in different containers of the app: it is the app that is looked for.
  const text = () => `${common}\n${app.containers.map(textOf).join('\n')}`;
  return (
    filter.marks.every((mark) => app.verdict.startsWith(mark) || app.containers.some((one) => has(one, mark))) &&
    (filter.words.every((word) => common.includes(word)) || includesAll(text(), filter.words))
  );
}

export function matchesContainer(filter: Filter, container: FleetContainer, hostLabel: string): boolean {
  const text = `${container.app}\n${hostLabel}\n`.toLowerCase() + textOf(container);
  return filter.marks.every((mark) => has(container, mark)) && includesAll(text, filter.words);
}

export function matchesHost(filter: Filter, host: FleetHost): boolean {
  const text = `${host.label}\n${host.target}`.toLowerCase();
  return filter.marks.every((mark) => host.verdict.startsWith(mark)) && includesAll(text, filter.words);
}

function includesAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

function has(container: FleetContainer, mark: string): boolean {
  if (mark === '') return true;
  return (
    container.verdict.startsWith(mark) ||
    markOf(container).startsWith(mark) ||
    (container.protected && 'protected'.startsWith(mark))
  );
}

function textOf(container: FleetContainer): string {
  const { name, service, image, networks } = container;
  const addresses = networks.map(({ ip, name: network }) => `${network} ${ip ?? ''}`).join(' ');
  return `${name}\n${service}\n${image}\n${publishedPorts([container]).join(' ')}\n${addresses}`.toLowerCase();
}
