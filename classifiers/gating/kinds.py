"""What sort of page it is: small additive rules whose terms can be read out to an analyst.

Each rule looks at what was read and gives points with a reason; the kind with the most points over its threshold wins.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import re2
from ahocorasick_rs import AhoCorasick

from classifiers.text import at_boundary
from core.records import Field, Page, PageKind

BUY_WORDS = (
    "add to cart", "add to basket", "add to bag", "shopping cart", "shopping bag", "view cart", "your cart", "checkout",
    "buy now", "quick view", "out of stock", "in stock", "free shipping", "track order", "wishlist", "best sellers",
    "new arrivals", "add to wishlist", "order now", "ask price", "view product", "shop now", "add to favourites",
    "in den warenkorb", "warenkorb", "zur kasse", "jetzt kaufen", "versandkosten", "lieferzeit", "auf lager",
    "ajouter au panier", "mon panier", "votre panier", "acheter maintenant", "livraison gratuite", "en stock",
    "añadir al carrito", "agregar al carrito", "carrito", "comprar ahora", "envío gratis", "añadir a la cesta",
    "aggiungi al carrello", "carrello", "acquista ora", "spedizione gratuita", "procedi all'acquisto",
    "in winkelwagen", "winkelwagen", "winkelmand", "in winkelmandje", "bestellen", "gratis verzending", "op voorraad",
    "afrekenen",
    "adicionar ao carrinho", "carrinho", "comprar agora", "frete grátis", "finalizar compra",
    "dodaj do koszyka", "do koszyka", "koszyk", "kup teraz", "darmowa dostawa",
    "do košíku", "přidat do košíku", "nákupní košík", "koupit", "doprava zdarma", "skladem",
    "lägg i varukorgen", "lägg i kundvagn", "varukorg", "kundvagn", "köp nu", "fri frakt", "till kassan",
    "læg i kurv", "tilføj til kurv", "indkøbskurv", "køb nu", "gratis fragt", "til kassen",
    "adaugă în coș", "adauga in cos", "coș de cumpărături", "coșul meu", "cumpără acum", "livrare gratuită",
    "kosárba", "kosár", "megveszem", "megrendelem", "ingyenes szállítás", "raktáron",
    "добави в количката", "количка", "купи сега", "безплатна доставка", "поръчай",
    "προσθήκη στο καλάθι", "καλάθι", "αγορά τώρα", "δωρεάν μεταφορικά",
    "dodaj u košaricu", "košarica", "kupi odmah", "besplatna dostava",
    "sepete ekle", "sepetim", "satın al", "ücretsiz kargo", "alışveriş sepeti",
    "в корзину", "добавить в корзину", "корзина", "купить", "заказать", "бесплатная доставка", "оформить заказ",
    "в наличии",
    "加入购物车", "购物车", "立即购买", "加入購物車", "購物車", "免运费", "包邮",
    "カートに入れる", "買い物かご", "ショッピングカート", "送料無料", "購入する", "カートを見る",
    "장바구니", "구매하기", "바로구매", "무료배송",
    "thêm vào giỏ", "giỏ hàng", "mua ngay", "đặt hàng", "miễn phí vận chuyển", "thanh toán",
    "أضف إلى السلة", "عربة التسوق", "سلة التسوق", "اشتر الآن", "شحن مجاني",
)  # fmt: skip
"""How shops in the 23 languages of the sectors, and in Czech, say "cart", "buy" and "ship"."""

LISTING_WORDS = (
    "classifieds", "post an ad", "post ad", "place an ad", "sell your item", "search results", "results found",
    "private seller",
    "kleinanzeigen", "anzeige aufgeben", "petites annonces", "déposer une annonce", "publicar anuncio", "anuncios",
    "inserisci annuncio", "annunci", "plaats advertentie", "advertenties", "ogłoszenia", "dodaj ogłoszenie", "inzeráty",
    "объявления", "подать объявление", "二手", "中古", "đăng tin", "ilan ver", "oglasi", "buy and sell", "auctions",
    "place bid",
    "current bid", "seller rating", "other sellers",
)  # fmt: skip

PIRACY_WORDS = (
    "watch free", "watch online free", "free movies online", "watch movies online", "stream free", "full movie",
    "hd movies",
    "watch now", "watch series", "tv series online", "free streaming", "123movies", "putlocker", "gomovies", "fmovies",
    "solarmovie",
    "yts", "torrent", "torrents", "magnet link", "direct download", "download free", "cracked", "keygen", "warez",
    "nulled",
    "webrip", "bluray", "brrip", "hdrip", "dvdrip", "camrip", "720p", "1080p", "hdcam", "x264", "x265", "hevc",
    "most viewed", "top imdb", "imdb", "episodes", "season 1", "live stream free", "iptv",
    "film streaming", "streaming vf", "vostfr", "films gratuits", "filme kostenlos", "serien stream",
    "stream kostenlos",
    "ver películas", "películas online", "series online gratis", "guardare film", "film gratis", "altadefinizione",
    "cineblog",
    "assistir filmes", "filmes online grátis", "oglądaj online", "filmy online", "filme online subtitrate",
    "online filmek",
    "смотреть онлайн", "фильмы онлайн", "скачать торрент", "онлайн филми", "ταινίες online", "film izle", "dizi izle",
    "在线观看", "免费电影", "무료 다시보기", "phim online", "xem phim", "مشاهدة فيلم", "تحميل فيلم",
)  # fmt: skip

MENU_WORDS = frozenset(
    {"cart", "checkout", "basket", "bag", "bestsellers", "best sellers", "shipping", "my account", "wishlist",
     "currency",
     "price", "quantity", "subtotal", "cart totals", "total", "moneyback", "size guide", "sale", "new in", "shop",
     "shop now",
     "buy", "order", "compare", "brands", "filter", "sort by", "kasse", "versand", "zahlung", "mein konto",
     "bestseller",
     "preis", "währung", "panier", "livraison", "mon compte", "prix", "devise", "meilleures ventes", "cesta", "carrito",
     "envío", "mi cuenta", "precio", "moneda", "carrello", "spedizione", "il mio account", "prezzo", "valuta",
     "winkelwagen",
     "verzending", "prijs", "mijn account", "carrinho", "envio", "preço", "minha conta", "koszyk", "dostawa", "cena",
     "moje konto", "košík", "doprava", "varukorg", "frakt", "pris", "mitt konto", "kurv", "levering", "min konto",
     "coș",
     "livrare", "preț", "kosár", "szállítás", "ár", "количка", "доставка", "цена", "καλάθι", "αποστολή", "τιμή",
     "košarica",
     "dostava", "cijena", "sepet", "kargo", "fiyat", "корзина", "оплата", "购物车", "购买", "价格", "カート", "配送",
     "価格",
     "장바구니", "배송", "가격", "giỏ hàng", "giá", "thanh toán", "sản phẩm", "السلة", "الشحن", "السعر", "categories",
     "category", "products"}
)  # fmt: skip
"""Labels of a shop's menus and tables; they count only where they are a whole text."""

_SHOP_MARKUP = (
    "add-to-cart", "add_to_cart", "addtocart", "shopping-cart", "shopping_cart", "mini-cart", "minicart", "cart-count",
    "cart-total", "product-price", "product-item", "product-grid", "product-card", "product-details", "btn-cart",
    "old-price", "wishlist",
)  # fmt: skip
_PIRACY_MARKUP = (
    "movies-list", "ml-item", "mlip", "jtip-quality", "mli-quality", "mli-info", "movie-poster", "watch-movie",
    "list-episodes", "les-content", "server-item", "media-player", "movieplay", "episodes-list", "imdbrating",
    "flw-item",
    "film-poster", "tv-shows",
)  # fmt: skip
_PLATFORMS = (
    ("cdn.shopify.com", "Shopify"), ("shopify.theme", "Shopify"), ("woocommerce", "WooCommerce"), ("wc-ajax",
    "WooCommerce"),
    ("catalog/view/theme", "OpenCart"), ("route=product", "OpenCart"), ("prestashop", "PrestaShop"), ("mage/cookies",
    "Magento"),
    ("magento", "Magento"), ("skin/frontend/", "Magento"), ("main_page=", "Zen Cart"), ("bigcommerce", "BigCommerce"),
    ("ecwid", "Ecwid"), ("shopware", "Shopware"), ("shoplazza", "Shoplazza"), ("oemcart_", "OEMSaaS"), ("shopline",
    "Shopline"),
    ("shopyy", "Shopyy"), ("lightspeedshop", "Lightspeed"), ("ccvshop", "CCV Shop"), ("mijnwebwinkel", "MyOnlineStore"),
    ("oscommerce", "osCommerce"), ("xt-commerce", "xt:Commerce"), ("jtl-shop", "JTL-Shop"), ("tiendanube",
    "Tiendanube"),
    ("shoper", "Shoper"), ("insales", "InSales"), ("bitrix/components/bitrix/sale", "Bitrix"), ("cafe24", "Cafe24"),
    ("haravan", "Haravan"), ("ueeshop", "Ueeshop"), ("snipcart", "Snipcart"), ("wixstores", "Wix Stores"),
)  # fmt: skip

_CART_URL = re.compile(
    r"[/?=_.-](?:cart|basket|checkout|warenkorb|panier|carrito|carrello|winkelwagen|winkelmand|koszyk|kosik|kosar|"
    r"varukorg|kundvagn|kurv|cos|sepet|korzina|gio-hang|giohang|shopping_cart|add-to-cart|addtocart|onepage)(?:[/?=&._-]|\Z)",
    re.IGNORECASE,
)
_PRODUCT_URL = re.compile(
    r"/(?:products?|produkte?|produits?|productos?|prodotto|produto|product-category|collections?|item|shop|p)/[^/?#]{4,}"
    r"|[?&](?:product_id|products_id|cpath|id_product|sku)=|-p-\d+\.html|/dp/",
    re.IGNORECASE,
)
_WATCH_URL = re.compile(
    r"/(?:watch|movies?|films?|series|tv-?shows?|episodes?|season|streaming|torrents?|genres?|actors?|country)(?:[/?_-]|\Z)",
    re.IGNORECASE,
)
_PLAYER = re.compile(
    r"(?:^|[./-])(?:streamtape|dood(?:stream)?|mixdrop|vidoza|voe|upstream|filemoon|streamwish|vidcloud|openload|rapidvideo|"
    r"vidsrc|2embed|mcloud|streamsb|fembed|gounlimited|mp4upload|vidlox|uqload|netu|supervideo|okru|ok\.ru/videoembed|jwplayer)",
    re.IGNORECASE,
)
_RELEASE = re2.compile(
    r"\b[\w\-]{2,40}[. ](?:19|20)\d{2}[. ](?:[\w\-]{1,15}[. ]){0,4}"
    r"(?:720p|1080p|2160p|480p|bluray|web-?dl|webrip|hdrip|dvdrip|hdtv)"
)
_TYPE = re.compile(r'"@type":(?:"([A-Za-z]{1,40})"|\["([A-Za-z]{1,40})")')
_QUALITIES = ("480p", "720p", "1080p", "2160p", "bluray", "web-dl", "webdl", "webrip", "hdrip", "dvdrip", "hdtv")
_PRODUCT_TYPES = frozenset(
    {"Product", "Offer", "AggregateOffer", "ProductGroup", "OfferCatalog", "Store", "OnlineStore", "ClothingStore"}
)
_ARTICLE_TYPES = frozenset(
    {
        "Article",
        "NewsArticle",
        "BlogPosting",
        "Report",
        "TechArticle",
        "ScholarlyArticle",
        "LiveBlogPosting",
        "Blog",
        "Recipe",
    }
)
_MOVIE_TYPES = frozenset({"Movie", "TVSeries", "TVEpisode", "VideoObject", "TVSeason"})
_BYLINE = re.compile(
    r"(?:by|von|par|por|di|door|av|af|autor(?:in)?|author|written by|posted by|posted on|published|veröffentlicht|"
    r"publié|publicado|pubblicato|geplaatst|gepubliceerd|автор|опубликовано)(?!\w)",
    re.IGNORECASE,
)

THRESHOLDS = {PageKind.SHOP: 2.8, PageKind.PIRACY: 3.5, PageKind.LISTING: 3.0, PageKind.ARTICLE: 2.5}
"""Points a kind needs. Between kinds that reach theirs, the one further above wins."""


@dataclass(frozen=True, slots=True)
class Point:
    """One reason for a kind. ``quote`` is the text of the page it rests on, ``""`` when it is a count."""

    kind: PageKind
    weight: float
    reason: str
    quote: str = ""


@functools.cache
def _vocabulary() -> tuple[AhoCorasick, tuple[tuple[PageKind, str], ...]]:
    entries = tuple(
        (kind, word)
        for kind, words in (
            (PageKind.SHOP, BUY_WORDS),
            (PageKind.LISTING, LISTING_WORDS),
            (PageKind.PIRACY, PIRACY_WORDS),
        )
        for word in dict.fromkeys(words)
    )
    return AhoCorasick([word for _, word in entries]), entries


def _phrases(shown: str) -> dict[PageKind, list[str]]:
    """The phrases of each vocabulary that stand in a lower-case text as words of their own, each once."""
    automaton, entries = _vocabulary()
    found: dict[PageKind, dict[str, None]] = {PageKind.SHOP: {}, PageKind.LISTING: {}, PageKind.PIRACY: {}}
    for index, start, end in automaton.find_matches_as_indexes(shown, overlapping=True):
        kind, word = entries[index]
        if word not in found[kind] and at_boundary(shown, start, end):
            found[kind][word] = None
    return {kind: list(words) for kind, words in found.items()}


def points(page: Page, source: frozenset[str], shown: str) -> Iterator[Point]:
    """The reasons for each kind: ``source`` are the marks seen in the source, ``shown`` is the lower-case text."""
    types = {name for item in page.structured for pair in _TYPE.findall(item) for name in pair if name}
    meta = dict(page.meta)
    phrases = _phrases(shown)
    shop = list(_shop(page, phrases[PageKind.SHOP], types, meta))
    yield from shop
    yield from _shop_markup(source)
    yield from _piracy(page, source, shown, phrases[PageKind.PIRACY], types)
    yield from _listing(page, phrases[PageKind.LISTING])
    sells = sum(point.weight for point in shop) >= THRESHOLDS[PageKind.SHOP]
    yield from _article(page, types, meta, sells=sells)


SOURCE_MARKS = (*_SHOP_MARKUP, *_PIRACY_MARKUP, *(mark for mark, _ in _PLATFORMS))
"""Texts of the source, in lower case, that :func:`points` asks for."""


def decide(found: list[Point]) -> tuple[PageKind, float]:
    """The kind furthest above its threshold with its points, ``other`` when none reaches it."""
    sums: Counter[PageKind] = Counter()
    for point in found:
        sums[point.kind] += point.weight  # type: ignore[assignment]
    reached = [(sums[kind] - least, kind) for kind, least in THRESHOLDS.items() if sums[kind] >= least]
    if not reached:
        return PageKind.OTHER, 0.0
    margin, kind = max(reached, key=lambda item: item[0])
    return kind, margin + THRESHOLDS[kind]


def _shop(page: Page, words: list[str], types: set[str], meta: dict[str, str]) -> Iterator[Point]:
    if words:
        yield Point(PageKind.SHOP, min(0.6 * len(words), 2.4), f"{len(words)} shopping phrases", words[0])
    labels = dict.fromkeys(_label(span.text) for span in page.spans if len(span.text) < 24)
    menu = [label for label in labels if label in MENU_WORDS]
    if len(menu) >= 2:
        yield Point(PageKind.SHOP, min(0.5 * len(menu), 3.0), f"{len(menu)} labels of a shop's menu", menu[0])
    prices = len(page.prices)
    if prices:
        yield Point(
            PageKind.SHOP, 0.5 if prices < 3 else 1.2 if prices < 8 else 1.8, f"{prices} prices", page.prices[0].quote
        )
        if any(price.struck for price in page.prices):
            yield Point(PageKind.SHOP, 0.6, "crossed-out prices")
    if types & _PRODUCT_TYPES:
        yield Point(PageKind.SHOP, 1.5, "product statements")
    if meta.get("og:type", "").startswith("product") or "product:price:amount" in meta or "og:price:amount" in meta:
        yield Point(PageKind.SHOP, 1.5, "Open Graph product")
    cart = next((link.href for link in page.links if _CART_URL.search(link.href[-200:])), "")
    if not cart:
        cart = next((form.action for form in page.forms if _CART_URL.search(form.action[-200:])), "")
    if cart:
        yield Point(PageKind.SHOP, 1.2, "a cart or checkout address", cart)
    chats = [link.href for link in page.links if "wa.me/" in link.href or "whatsapp.com/send" in link.href]
    if len(chats) >= 3:
        yield Point(PageKind.SHOP, 1.0, f"{len(chats)} links that order by chat", chats[0][:200])
    products = sum(1 for link in page.links if _PRODUCT_URL.search(link.href[-200:]))
    if products >= 5:
        yield Point(PageKind.SHOP, 0.8, f"{products} links to products")
    order = next((form for form in page.forms if _orders(form.inputs)), None)
    if order is not None and prices:
        yield Point(PageKind.SHOP, 2.2, "an order form beside a price")


def _shop_markup(source: frozenset[str]) -> Iterator[Point]:
    """What the source alone says of a shop; blogs with an unused shop module say it too, so it weighs little."""
    marks = [mark for mark in _SHOP_MARKUP if mark in source]
    if marks:
        yield Point(PageKind.SHOP, min(0.4 * len(marks), 1.0), f"{len(marks)} class names of shops", marks[0])
    mark, platform = next((entry for entry in _PLATFORMS if entry[0] in source), ("", ""))
    if platform:
        yield Point(PageKind.SHOP, 0.8, f"marks of {platform}", mark)


def _label(text: str) -> str:
    return text.lower().strip(" :.!»›>()0123456789")


def _orders(inputs: tuple[object, ...]) -> bool:
    names = " ".join(str(getattr(control, "name", "")).lower() for control in inputs)
    return ("phone" in names or "tel" in names) and ("name" in names or "fio" in names) and len(inputs) <= 14


def _piracy(page: Page, source: frozenset[str], shown: str, words: list[str], types: set[str]) -> Iterator[Point]:
    if words:
        yield Point(
            PageKind.PIRACY, min(0.5 * len(words), 2.5), f"{len(words)} streaming or download phrases", words[0]
        )
    magnet = next((link.href for link in page.links if link.href.startswith("magnet:")), "")
    if magnet:
        yield Point(PageKind.PIRACY, 3.0, "magnet links", magnet[:200])
    player = next((frame for frame in page.frames if _PLAYER.search(frame)), "")
    if player:
        yield Point(PageKind.PIRACY, 2.0, "an embedded player", player)
    watch = sum(1 for link in page.links if _WATCH_URL.search(link.href[:200]))
    if watch >= 8 and len(words) >= 2:
        yield Point(PageKind.PIRACY, 1.5, f"{watch} links to films or series")
    marks = [mark for mark in _PIRACY_MARKUP if mark in source]
    if marks:
        weight = min(0.7 * len(marks), 2.1)
        yield Point(PageKind.PIRACY, weight, f"{len(marks)} class names of streaming templates", marks[0])
    releases = [match.group() for match in _RELEASE.finditer(shown)] if any(map(shown.__contains__, _QUALITIES)) else []
    if releases:
        yield Point(PageKind.PIRACY, 1.0 if len(releases) < 3 else 2.5, f"{len(releases)} release names", releases[0])
    if types & _MOVIE_TYPES and len(words) >= 3:
        yield Point(PageKind.PIRACY, 1.0, "film statements")


def _listing(page: Page, words: list[str]) -> Iterator[Point]:
    if words:
        yield Point(
            PageKind.LISTING, min(1.2 * len(words), 3.6), f"{len(words)} phrases of classified advertisements", words[0]
        )
        if len(page.prices) >= 5:
            yield Point(PageKind.LISTING, 0.8, f"{len(page.prices)} prices")


def _article(page: Page, types: set[str], meta: dict[str, str], *, sells: bool) -> Iterator[Point]:
    share = 0.5 if sells else 1.0
    if types & _ARTICLE_TYPES:
        yield Point(PageKind.ARTICLE, 2.0 * share, "article statements")
    if meta.get("og:type", "") == "article" or "article:published_time" in meta:
        yield Point(PageKind.ARTICLE, 2.0 * share, "Open Graph article")
    long = [span.text for span in page.spans if span.field is Field.BODY and len(span.text) > 200]
    prose = sum(map(len, long))
    if prose > 600:
        weight = 1.0 if prose < 1_500 else 2.0 if prose < 4_000 else 2.5
        yield Point(PageKind.ARTICLE, weight * share, f"{prose} characters of prose", long[0][:200])
        if any(len(span.text) < 120 and _BYLINE.match(span.text) for span in page.spans):
            yield Point(PageKind.ARTICLE, 0.7 * share, "a byline or date of publication")
