import type { Place } from './grouping.ts';

/**
 * Key of a service's container on a host, which survives that the container is recreated under a new id (DESIGN,
 * service). A one-off is told apart by its name: it carries the labels of the service it was run from. No two
 * different identities have the same key, whatever characters their parts hold.
 */
export function serviceKey(hostId: string, { app, service, number, oneOff }: Place, name: string): string {
  return JSON.stringify([hostId, app, service, oneOff ? name : number]);
}

/** Key of a service within one host, for pins: all its containers, whatever their number. */
export function pinKey({ app, service }: { readonly app: string; readonly service: string }): string {
  return JSON.stringify([app, service]);
}
