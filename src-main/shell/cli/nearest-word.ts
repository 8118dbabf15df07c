/**
 * The word of `words` that `typed` was probably meant to be; null where none is near: at most two slips (a letter
 * more, less, other, or two swapped), and fewer for short words.
 */
export function nearestWord(typed: string, words: readonly string[]): string | null {
  let best: string | null = null;
  let bestSlips = Number.POSITIVE_INFINITY;
  for (const word of words) {
    if (Math.abs(word.length - typed.length) > 2) continue;
    const slips = slipsBetween(typed.toLowerCase(), word.toLowerCase());
    if (slips < bestSlips && slips <= Math.min(2, Math.floor(word.length / 3))) {
      best = word;
      bestSlips = slips;
    }
  }
  return best;
}

/** Optimal string alignment distance (Damerau–Levenshtein without editing a swapped pair again). */
function slipsBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + same,
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
