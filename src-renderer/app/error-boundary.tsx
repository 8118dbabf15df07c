import { Component } from 'react';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';

interface ErrorBoundaryProps {
  readonly children: React.ReactNode;
}

/** A fault of the window's own: it says so, and offers the one thing that helps. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main>
        <EmptyState
          level={1}
          title="This window has come to a fault of its own"
          actions={
            <Button look="primary" onClick={() => window.location.reload()}>
              Load again
            </Button>
          }
        >
          <p>Nothing on your hosts was touched. Loading the window again shows the fleet as it is.</p>
        </EmptyState>
      </main>
    );
  }
}
