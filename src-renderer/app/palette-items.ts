import type { ActionRequest, ContainerAction } from '#contract/actions.ts';
import type { FleetContainer } from '#contract/updates.ts';
import { appRequest, containerRequest } from '../store/act.ts';
import { isUp, runs } from '../store/availability.ts';
import type { FleetState } from '../store/fleet-state.ts';
import { hostRoute, type Route, type Sheet } from '../store/ui-store.ts';

/** Where one can go, by name. */
export interface PaletteItem {
  readonly key: string;
  readonly kind: 'Page' | 'Command' | 'Host' | 'App' | 'Container';
  readonly label: string;
  /** Stands beside it: its host, its image. */
  readonly detail: string;
  readonly goes: { readonly route: Route } | { readonly sheet: Sheet } | { readonly acts: ActionRequest };
}

const FIXED: readonly PaletteItem[] = [
  { key: 'page:fleet', kind: 'Page', label: 'Fleet', detail: '', goes: { route: 'fleet' } },
  { key: 'page:journal', kind: 'Page', label: 'Journal', detail: '', goes: { route: 'journal' } },
  { key: 'page:settings', kind: 'Page', label: 'Settings', detail: '', goes: { route: 'settings' } },
  { key: 'command:add-host', kind: 'Command', label: 'Add a host', detail: '', goes: { sheet: { kind: 'add-host' } } },
  { key: 'command:runs', kind: 'Command', label: 'Show runs', detail: '', goes: { sheet: { kind: 'runs' } } },
  { key: 'command:keys', kind: 'Command', label: 'Show keys', detail: '', goes: { sheet: { kind: 'keys' } } },
];

/** Everything there is to go to: what is few first. */
export function paletteItems({ hosts, apps, appKeys, containers }: FleetState): readonly PaletteItem[] {
  const labels = new Map(hosts.map(({ id, label }) => [id, label]));
  const hostItems = hosts.map(
    ({ id, label, target }): PaletteItem => ({
      key: `host:${id}`,
      kind: 'Host',
      label,
      detail: target,
      goes: { route: hostRoute(id) },
    }),
  );
  const appItems = appKeys.flatMap((key): PaletteItem[] => {
    const app = apps.get(key);
    if (app === undefined) return [];
    const detail = labels.get(app.hostId) ?? '';
    return [{ key: `app:${key}`, kind: 'App', label: app.name, detail, goes: { sheet: { kind: 'app', app: key } } }];
  });
  const containerItems = [...containers.values()].map(
    ({ key, name, hostId, image }): PaletteItem => ({
      key: `container:${key}`,
      kind: 'Container',
      label: name,
      detail: `${labels.get(hostId) ?? ''} · ${image}`,
      goes: { sheet: { kind: 'logs', containerKey: key } },
    }),
  );
  const appActions = appKeys.flatMap((key): PaletteItem[] => {
    const app = apps.get(key);
    if (app === undefined || !app.containers.some(runs)) return [];
    return [command(`Restart ${app.name}`, labels.get(app.hostId), appRequest(app))];
  });
  const containerActions = [...containers.values()].flatMap((one): PaletteItem[] => {
    if (one.id === '') return [];
    const { name, hostId } = one;
    const of = (verb: string, action: ContainerAction) =>
      command(`${verb} ${nameOf(one)}`, `${labels.get(hostId) ?? ''} · ${name}`, containerRequest(one, action));
    return isUp(one)
      ? [of('Restart', 'container.restart'), of('Stop', 'container.stop')]
      : [of('Start', 'container.start')];
  });
  return [...FIXED, ...hostItems, ...appItems, ...containerItems, ...appActions, ...containerActions];
}

function command(label: string, detail: string | undefined, request: ActionRequest): PaletteItem {
  const about = request.action === 'app.restart' ? request.app : request.containerId;
  return {
    key: `${request.action}:${request.hostId}:${about}`,
    kind: 'Command',
    label,
    detail: detail ?? '',
    goes: { acts: request },
  };
}

function nameOf({ app, service }: Pick<FleetContainer, 'app' | 'service'>): string {
  return app === service ? app : `${app} / ${service}`;
}

/** More than fit on a screen are no help: one types another letter. */
export const MOST_SHOWN = 50;

/** Those that have every word that was typed; those that begin with it first, else in their order. */
export function searchItems(items: readonly PaletteItem[], typed: string): readonly PaletteItem[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return items.slice(0, MOST_SHOWN);
  const starts: PaletteItem[] = [];
  const others: PaletteItem[] = [];
  for (const item of items) {
    const label = item.label.toLowerCase();
    const text = `${label} ${item.detail} ${item.kind}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    (label.startsWith(first) ? starts : others).push(item);
  }
  return [...starts, ...others].slice(0, MOST_SHOWN);
}
