"""What each signal means, in words for a person who decides: a title and one sentence.

The catalogue is by signal id; an id that is not in it gets its family's sentence, so a new detector is never shown
without words. A sentence says what was seen and why it matters; it never says that a site breaks the law.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.records import Family
from review.words import readable


@dataclass(frozen=True, slots=True)
class Reason:
    """A signal's title, and one sentence on what was seen and why it counts."""

    title: str
    explanation: str


CATALOGUE: dict[str, Reason] = {
    # identity
    "identity.no-operator": Reason(
        "No operator named",
        "Nowhere on the pages seen is there an operator, a company, a VAT number or an imprint; honest shops must say "
        "who they are.",
    ),
    "identity.no-address": Reason(
        "No address or telephone number",
        "Neither a postal address nor a telephone number was found, so a customer could turn to nobody.",
    ),
    "identity.free-mail": Reason(
        "Free mail address as contact", "The shop is to be reached at a free mail provider, not under its own domain."
    ),
    "identity.unrelated-email": Reason(
        "Contact address under another domain",
        "The contact address belongs to a domain that has nothing to do with this shop.",
    ),
    "identity.bare-social-links": Reason(
        "Social links lead nowhere",
        "The buttons of social networks point at the networks' home pages instead of an account of the shop.",
    ),
    "identity.stale-copyright": Reason(
        "Copyright line is years old", "The copyright line was not kept up, as in a copied or abandoned template."
    ),
    "identity.copied-brand-copyright": Reason(
        "Claims the brand's copyright",
        "The copyright line names the brand as if the site were its own, which its domain does not suggest.",
    ),
    "identity.unlisted-pharmacy": Reason(
        "No link to a pharmacy register",
        "Medicine is offered without the link to an official register that lawful sellers of medicine show.",
    ),
    # price
    "price.uniform-discount": Reason(
        "The same high discount on everything",
        "Nearly all goods are reduced by about the same high share; real sales differ from article to article.",
    ),
    "price.strike-ratio": Reason(
        "Most prices struck through by half or more",
        "Most goods stand beside a crossed-out price far above the present one.",
    ),
    "price.steep-claim": Reason(
        "Advertises very high discounts", "Discounts are promised that hardly anyone with genuine goods can afford."
    ),
    "price.repeated": Reason("One price for many goods", "Most goods, however different, cost exactly the same."),
    "price.currency-switcher": Reason(
        "Switch between many currencies",
        "The shop offers more currencies than a shop of its size has customers for, as mass templates do.",
    ),
    "price.below-floor": Reason(
        "Below what the genuine product costs",
        "The price is under half of the least that the rights holder says the genuine product is sold for new.",
    ),
    "price.brand-below-floor": Reason(
        "Brand goods below the brand's lowest price",
        "Goods named after the brand cost under half of the least that the rights holder sells anything for.",
    ),
    "price.brand-bargain": Reason(
        "A brand at bargain prices", "The title or main heading offers a protected brand as cheap, outlet or on sale."
    ),
    "price.brand-steep-discount": Reason(
        "A brand at steep discounts", "Goods of a protected brand are reduced far more than the brand's own sales go."
    ),
    # text
    "text.replica-term": Reason(
        "Says that the goods are copies", "Words that sellers of copies use for their goods stand on the page."
    ),
    "text.obfuscated-term": Reason(
        "Telling words in disguise",
        "Look-alike letters, hidden characters or split words keep filters from reading what people can read.",
    ),
    "text.claim": Reason(
        "A claim that honest sellers do not make",
        "The page promises something that a lawful seller of such goods does not.",
    ),
    "text.no-prescription": Reason(
        "Offers medicine without prescription", "Medicine that needs a prescription is offered without one."
    ),
    "text.brand-stuffing": Reason(
        "Names a dozen brands and more", "A page that sells names an unusual number of brands of one sector."
    ),
    "text.template-default": Reason(
        "Sample text of a template", "Placeholders that came with the shop template were never replaced."
    ),
    "text.pressure": Reason(
        "Presses visitors to buy at once", "Countdowns, scarcity and the like hurry visitors into buying."
    ),
    "text.factory-brands": Reason(
        "Brand goods straight from a factory", "Protected brands are offered as factory or wholesale goods."
    ),
    # platform
    "platform.zen-cart": Reason(
        "Runs Zen Cart", "A shop system that is rare among honest shops today and common among mass-made ones."
    ),
    "platform.oemsaas": Reason(
        "Runs on OEMSaaS", "A shop builder that is met almost only among mass-made, short-lived shops."
    ),
    "platform.shoplazza": Reason(
        "Runs on Shoplazza", "A shop builder that many mass-made shops use; honest ones use it too."
    ),
    "platform.shopyy": Reason(
        "Runs on Shopyy or Ueeshop", "A shop builder that many mass-made shops use; honest ones use it too."
    ),
    "platform.shopline-mass": Reason(
        "Runs on a mass shop builder", "A shop builder that is met mostly among mass-made, short-lived shops."
    ),
    "platform.mass-template": Reason(
        "Odd name of the shop system",
        "The tag that names the shop system was rewritten, as mass templates do to rank or to hide.",
    ),
    # network
    "network.tls-fault": Reason(
        "Certificate does not fit", "The certificate is expired, self-signed or made out for another name."
    ),
    "network.fresh-certificate": Reason(
        "Certificate just issued", "The certificate was issued shortly before the visit, as for a newly made site."
    ),
    "network.wildcard": Reason(
        "Every subdomain answers", "The zone answers for any name, as networks of generated shops need it."
    ),
    # linkage
    "linkage.foreign-images": Reason(
        "Pictures from a mass supplier",
        "Product pictures come from a host that serves many mass-made shops or supplier albums.",
    ),
    # cloaking
    "cloaking.hidden-links": Reason(
        "Hidden block of links", "Links to other sites stand where people cannot see them and search engines can."
    ),
    "cloaking.referrer-script": Reason(
        "Sends search visitors elsewhere", "A script moves visitors on when they come from a search engine."
    ),
    # payment
    "payment.logos-without-processor": Reason(
        "Card logos without a payment provider",
        "Logos of cards are shown, but nothing on the pages belongs to a provider that could take such a payment.",
    ),
    "payment.crypto-or-wire": Reason(
        "Payments that cannot be called back", "The shop asks for crypto-currency, bank wire or money transfer."
    ),
    "payment.chat-only": Reason(
        "Orders by chat", "Orders and payment are arranged in a messenger instead of a checkout."
    ),
    # piracy
    "piracy.watch-free": Reason(
        "Phrases of piracy sites", "The page speaks as sites do that offer films, series, matches or software for free."
    ),
    "piracy.release-names": Reason("Names of releases", "File names in the form that release groups use."),
    "piracy.title-wall": Reason("Wall of titles", "The page is a wall of current titles with year and quality marks."),
    "piracy.player-embed": Reason(
        "Player of an unlicensed host", "A video player from a host that serves mostly unlicensed copies is embedded."
    ),
    "piracy.cyberlocker-links": Reason("Links to file hosts", "The page links to file hosts that pay for downloads."),
    "piracy.magnet-links": Reason("Magnet links", "The page hands out magnet links or torrent files."),
    "piracy.ad-network": Reason(
        "Advertising of that trade", "Advertising comes from networks that serve mostly piracy sites."
    ),
    "piracy.mirror-list": Reason(
        "Names its own mirrors", "The page lists other addresses of itself, as sites do that expect to be blocked."
    ),
    # contrary
    "contrary.identified-operator": Reason(
        "Operator is named", "Company, address or register number are given, as the law asks of a shop."
    ),
    "contrary.official-domain": Reason(
        "Official site", "The host belongs to the rights holder, according to the rights holder's pack."
    ),
    "contrary.authorised-reseller": Reason(
        "Authorised reseller", "The rights holder's pack lists this host as one of its resellers."
    ),
    "contrary.claims-authorised": Reason(
        "Says that it is an authorised dealer", "The page claims it; nobody has confirmed it."
    ),
    "contrary.article-context": Reason("News or an article", "The page reports or explains rather than sells."),
    "contrary.second-hand": Reason("Second-hand goods", "Goods are offered as used, where low prices are honest."),
    "contrary.licensed-pharmacy": Reason(
        "Links to a pharmacy register",
        "The page links to the register in which lawful sellers of medicines are listed.",
    ),
    "contrary.open-licence": Reason(
        "Works that anybody may share", "The works are in the public domain or under an open licence, the page says."
    ),
    "contrary.brand-protection": Reason(
        "About protection against fakes", "The page deals with how to spot, report or fight counterfeits."
    ),
    "contrary.honest-replica": Reason(
        "Models or museum copies", "Replica here means a scale model, a museum copy or a prop, which deceives nobody."
    ),
    "contrary.term": Reason(
        "Words that speak against it", "Terms of the sector's rules that point to a harmless context stand on the page."
    ),
}

_FAMILY_SENTENCES: dict[Family, str] = {
    Family.IDENTITY: "It concerns who runs the site and whether that can be known.",
    Family.PRICE: "It concerns how the goods are priced.",
    Family.TEXT: "It concerns what the page says.",
    Family.PLATFORM: "It concerns how the site is built.",
    Family.NETWORK: "It concerns where the site is hosted and how its name is registered.",
    Family.LINKAGE: "It concerns what the site shares with other sites.",
    Family.CLOAKING: "It concerns what different visitors are shown.",
    Family.PAYMENT: "It concerns how payment is taken.",
    Family.VISUAL: "It concerns pictures on the page.",
    Family.PIRACY_CONTENT: "It concerns which works the site offers.",
    Family.PIRACY_DELIVERY: "It concerns how the site hands works out.",
    Family.CONTRARY: "It speaks against the suspicion.",
}


def reason_for(signal_id: str, family: Family) -> Reason:
    """The words for a signal; unknown ids are made readable and get their family's sentence."""
    known = CATALOGUE.get(signal_id)
    if known is not None:
        return known
    _, _, name = signal_id.partition(".")
    return Reason(readable(name or signal_id) or "Unnamed signal", _FAMILY_SENTENCES[family])
