export function buildStale(root: string): Promise<void>;
