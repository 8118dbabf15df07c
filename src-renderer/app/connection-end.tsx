import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { Logo } from './logo.tsx';

/** Where the page cannot get back to its core by itself, and what a person can do. */
export function ConnectionEnd({ state }: { readonly state: 'no-session' | 'mismatch' }) {
  return (
    <main>
      {state === 'no-session' ? (
        <EmptyState
          level={1}
          icon={<Logo />}
          title="This page needs a fresh link"
          actions={<Button onClick={() => window.location.reload()}>Load again</Button>}
        >
          <p>
            Binnacle opens a page once for each link. Press <Kbd>Enter</Kbd> in the terminal where Binnacle runs, and
            open the link it prints.
          </p>
          <p>
            If it no longer runs there, start it again. Where very many of its tabs are open, close some and load this
            one again.
          </p>
        </EmptyState>
      ) : (
        <EmptyState
          level={1}
          icon={<Logo />}
          title="Binnacle was updated"
          actions={
            <Button look="primary" onClick={() => window.location.reload()}>
              Load again
            </Button>
          }
        >
          <p>This window is of another version than the core it talks to. Loading it again brings them together.</p>
        </EmptyState>
      )}
    </main>
  );
}
