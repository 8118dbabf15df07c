/** What the window says until it shows the fleet: where the truth can be had today. */
export function Welcome() {
  return (
    <main>
      <h1>Binnacle</h1>
      <p>The window does not show your hosts yet. The command line does:</p>
      <pre>binnacle status ssh://user@host</pre>
    </main>
  );
}
