/** A sentence of the core, with the fingerprints in it as a machine reads them: two of them are compared by eye. */
export function MachineText({ text }: { readonly text: string }) {
  return text
    .split(/(SHA256:[\w+/]{43})/)
    .map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
