/** How far a host has been read: its list; every container inspected; every running one's load known as a rate. */
export type ReadStage = 'listed' | 'inspected' | 'loaded';

const STAGES: readonly (ReadStage | null)[] = [null, 'listed', 'inspected', 'loaded'];

/** Whether `stage` is as far as `wanted`; null: nothing has been read. */
export function isAsFar(stage: ReadStage | null, wanted: ReadStage): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(wanted);
}
