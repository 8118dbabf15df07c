/**
 * The subnet of a network that an address belongs to: the first of the address's family, as a network may have one of
 * each. Without an address (the container does not run) the network's first. null where there is none.
 */
export function subnetOf(ip: string | null, subnets: readonly string[]): string | null {
  if (ip === null) return subnets[0] ?? null;
  const family = isV6(ip);
  return subnets.find((subnet) => isV6(subnet) === family) ?? null;
}

function isV6(address: string): boolean {
  return address.includes(':');
}
