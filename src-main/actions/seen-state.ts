import type { SeenState } from '../audit/records.ts';
import type { ContainerDetail } from '../engine/model.ts';
import type { Place } from '../fleet/grouping.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

const ID_CHARS = 128;
const INSTANT_CHARS = 64;

/** What an inspect showed, as the journal keeps it: safe to show, and within what a record may hold. */
export function seenState(detail: ContainerDetail, { service }: Pick<Place, 'service'>): SeenState {
  const { id, name, image, imageId, state, health, exitCode, startedAtText } = detail;
  return {
    id,
    name: visibleText(name, limits.text.labelChars),
    service: visibleText(service, limits.text.labelChars),
    image: visibleText(image, limits.text.labelChars),
    imageId: visibleText(imageId).slice(0, ID_CHARS),
    state,
    health,
    exitCode,
    startedAt: startedAtText === null ? null : visibleText(startedAtText).slice(0, INSTANT_CHARS),
  };
}
