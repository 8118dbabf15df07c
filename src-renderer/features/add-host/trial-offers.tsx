import type { TrialOffer } from '#contract/hosts.ts';
import { Button } from '../../ui/button.tsx';
import css from './trial.module.css';

interface TrialOffersProps {
  readonly offers: readonly TrialOffer[];
  readonly onTake: (offer: TrialOffer) => void;
}

/** Other ways that were seen while it was tried; none is taken unasked. */
export function TrialOffers({ offers, onTake }: TrialOffersProps) {
  if (offers.length === 0) return null;
  return (
    <section className={css.offers} aria-label="Other ways that were seen">
      <h3 className={css.label}>Other ways that were seen</h3>
      {offers.map((offer) => (
        <div key={offer.target} className={css.offer}>
          <p>{offer.why}</p>
          <code>{offer.target}</code>
          <Button size="small" onClick={() => onTake(offer)}>
            {offer.label}
          </Button>
        </div>
      ))}
    </section>
  );
}
