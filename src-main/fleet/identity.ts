/** Key of a service within one host, for pins: all its containers, whatever their number. */
export function pinKey({ app, service }: { readonly app: string; readonly service: string }): string {
  return JSON.stringify([app, service]);
}
