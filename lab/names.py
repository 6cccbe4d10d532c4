"""Believable names: brands, companies, people, places and hosts. Everything is invented; hosts are under ``.test``.

Telephone numbers use ranges kept for fiction where a country has one, VAT numbers start with a zero where none is
issued so, and free-mail addresses have a form that the provider does not hand out, so none belongs to anybody.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_NOT_IN_HOSTS = re.compile(r"[^\w-]|_")

SECTORS = ("luxury", "sportswear", "spare-parts", "electronics", "pharmaceuticals", "toiletries", "piracy")
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "cs", "sv", "tr", "ru", "zh", "ja", "vi")
PLATFORMS = ("zencart", "woocommerce", "shopify", "opencart", "prestashop", "magento", "custom", "shoplazza")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """An invented brand: its sector, official host, list prices in euro and model names."""

    name: str
    sector: str
    official: str
    prices: tuple[int, int]
    models: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The brand as it appears inside host names."""
        return "".join(letter for letter in self.name.lower() if letter.isalnum())


BRANDS = (
    Brand(
        name="Aurelle",
        sector="luxury",
        official="aurelle.test",
        prices=(890, 3900),
        models=(
            "Céleste 28",
            "Montaigne",
            "Rive Gauche Mini",
            "Opaline",
            "Lys Chain",
            "Vendôme Tote",
            "Ondine",
            "Soirée",
        ),
    ),
    Brand(
        name="Kestrel & Rowe",
        sector="luxury",
        official="kestrelrowe.test",
        prices=(2400, 14800),
        models=(
            "Mariner 300",
            "Aviator GMT",
            "Chronomaster",
            "Regent 38",
            "Tidewatch",
            "Altitude",
            "Moonphase",
            "Pilot II",
        ),
    ),
    Brand(
        name="Voltarra",
        sector="sportswear",
        official="voltarra.test",
        prices=(95, 240),
        models=("Strider 4", "Pulse React", "Court Retro", "Trail X", "Glide Pro", "Volt 97", "Tempo Knit", "Aero Max"),
    ),
    Brand(
        name="Brakon",
        sector="spare-parts",
        official="brakon.test",
        prices=(38, 420),
        models=("BX-210", "CeramicPlus", "ProDisc 320", "HubLine 7", "FlowAir", "AirSafe 3", "TorqueSet", "LX Filter"),
    ),
    Brand(
        name="Lumivox",
        sector="electronics",
        official="lumivox.test",
        prices=(89, 1290),
        models=("Buds Pro 3", "Nova 12", "Pulse 9", "Charge 65", "Wave ANC", "Tab S", "Cine 4K", "Watch Fit"),
    ),
    Brand(
        name="Meridane",
        sector="pharmaceuticals",
        official="meridane.test",
        prices=(42, 310),
        models=(
            "Meridanil 20 mg",
            "Meridanil 50 mg",
            "Meridanil 100 mg",
            "Meridanil Soft",
            "Meridanil Retard",
            "Meridanil XR",
        ),
    ),
    Brand(
        name="Solenne",
        sector="toiletries",
        official="solenne.test",
        prices=(68, 240),
        models=(
            "Nuit Blanche",
            "Fleur d'Eau",
            "Ambre Royal",
            "Vétiver 9",
            "Iris Noir",
            "Aube",
            "Santal Doré",
            "Rose Sel",
        ),
    ),
    Brand(
        name="Nordlicht Film",
        sector="piracy",
        official="nordlichtfilm.test",
        prices=(4, 15),
        models=(
            "The Salt Road",
            "Winterline",
            "Harbour of Glass",
            "Nine Lanterns",
            "The Cartographer",
            "Black Fjord",
            "Paper Aviators",
            "Low Sun",
            "The Last Ferry",
            "Kingfisher",
        ),
    ),
)


def brands_of(sector: str) -> tuple[Brand, ...]:
    """The invented brands of a sector."""
    return tuple(brand for brand in BRANDS if brand.sector == sector)


def brand_named(name: str) -> Brand:
    """The brand of that exact name. Raises ``KeyError`` for an unknown one."""
    return {brand.name: brand for brand in BRANDS}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Host words and identity formats of one language's main market. ``#`` in a format is a random digit."""

    country: str
    sale: tuple[str, ...]
    shop: tuple[str, ...]
    surnames: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    legal: str
    phone: str
    vat: str
    register: str
    goods: tuple[tuple[str, str], ...]


def _region(
    country: str, sale: str, shop: str, surnames: str, streets: str, cities: str, legal: str, phone: str, vat: str,
    register: str, goods: str,
) -> Region:  # fmt: skip
    def words(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split("|"))

    return Region(
        country=country, sale=words(sale), shop=words(shop), surnames=words(surnames), streets=words(streets),
        cities=words(cities), legal=legal, phone=phone, vat=vat, register=register,
        goods=tuple(zip(SECTORS[:6], words(goods), strict=True)),
    )  # fmt: skip


REGIONS = {
    "en": _region(
        "GB",
        "outlet|sale|cheap|store-us|factory|vip|deals|clearance",
        "goods|trading|supplies|house|and-sons|co",
        "Ashworth|Pendleton|Marlow|Hargreave|Whitby|Thornbury|Lockwood|Fairfax",
        "Mill Lane 14|Kingsgate 8|Harbour Row 3|Station Road 41",
        "Leeds LS1 4XX|Bristol BS1 9XX|York YO1 7XX|Bath BA1 5XX",
        "Ltd",
        "+44 20 7946 0###",
        "GB 0## #### ##",
        "Company No. 0000####",
        "handbags|trainers|brakes|audio|chemist|fragrance",
    ),
    "de": _region(
        "DE",
        "günstig|outlet|rabatt|lagerverkauf|billig|angebote|sale",
        "haus|handel|kontor|welt|werkstatt|laden",
        "Brandt|Hoffstätter|Lindemann|Vogelsang|Kessler|Niehues|Stratmann|Ohlsen",
        "Lindenstraße 12|Am Markt 3|Hafenweg 27|Gerberstraße 9",
        "50667 Köln|20457 Hamburg|04109 Leipzig|70173 Stuttgart",
        "GmbH",
        "+49 30 23125 ###",
        "DE 0########",
        "HRB 0####",
        "taschen|laufschuhe|bremsen|elektronik|apotheke|parfümerie",
    ),
    "fr": _region(
        "FR",
        "pas-cher|soldes|promo|destockage|outlet|boutique-fr",
        "maison|comptoir|atelier|boutique|fils|negoce",
        "Delaunay|Mercadier|Bonnefoy|Rousselin|Chastain|Lavergne|Périgaud|Fontanel",
        "12 rue des Tanneurs|4 quai Saint-Luc|28 avenue du Parc|7 place Gambetta",
        "69002 Lyon|33000 Bordeaux|44000 Nantes|31000 Toulouse",
        "SARL",
        "+33 1 99 00 ## ##",
        "FR 00 000 ### ###",
        "RCS 000 ### ###",
        "sacs|baskets|freins|électronique|pharmacie|parfumerie",
    ),
    "es": _region(
        "ES",
        "baratos|rebajas|outlet|ofertas|descuento|tienda-es",
        "casa|almacenes|hermanos|comercial|taller|tienda",
        "Quintanar|Belmonte|Arrieta|Valcárcel|Montenegro|Escudero|Peñalver|Salcedo",
        "Calle Mayor 18|Calle del Olmo 5|Avenida del Puerto 40|Plaza Nueva 2",
        "46001 Valencia|41001 Sevilla|48005 Bilbao|50003 Zaragoza",
        "S.L.",
        "+34 910 000 ###",
        "ES B00######",
        "Registro Mercantil tomo 00##",
        "bolsos|zapatillas|frenos|electrónica|farmacia|perfumería",
    ),
    "it": _region(
        "IT",
        "scontati|outlet|saldi|spaccio|offerte|negozio-it",
        "casa|bottega|fratelli|emporio|forniture|officina",
        "Bellandi|Morosini|Castellani|Ferrantini|Guidarelli|Tosetti|Barzaghi|Lorenzini",
        "Via Garibaldi 21|Via dei Mercanti 6|Corso Italia 88|Piazza Vecchia 4",
        "40121 Bologna|50122 Firenze|10121 Torino|37121 Verona",
        "S.r.l.",
        "+39 02 0000 ####",
        "IT 000########",
        "REA MI-00####",
        "borse|scarpe|freni|elettronica|farmacia|profumeria",
    ),
    "nl": _region(
        "NL",
        "goedkoop|outlet|korting|uitverkoop|aanbieding|sale-nl",
        "huis|handel|winkel|atelier|zonen|groothandel",
        "van Dalen|Hoekstra|Brouwers|de Graaff|Terpstra|Verhulst|Kuiper|Oosterling",
        "Keizersgracht 211|Havenstraat 9|Dorpsstraat 34|Marktplein 1",
        "1015 CS Amsterdam|3011 AA Rotterdam|3511 AB Utrecht|9711 AA Groningen",
        "B.V.",
        "+31 20 000 ####",
        "NL 000######B01",
        "KvK 000#####",
        "tassen|sneakers|remmen|elektronica|apotheek|parfum",
    ),
    "pl": _region(
        "PL",
        "tanio|wyprzedaż|outlet|promocje|okazje|sklep-pl",
        "dom|handel|hurtownia|pracownia|sklep|spółka",
        "Zawadzki|Królikowski|Malinowski|Wróblewski|Sadowska|Górecki|Baranowska|Lipiński",
        "ul. Długa 14|ul. Lipowa 7|ul. Portowa 22|Rynek 3",
        "31-042 Kraków|50-101 Wrocław|80-831 Gdańsk|61-772 Poznań",
        "Sp. z o.o.",
        "+48 22 000 ## ##",
        "PL 00########",
        "KRS 000000####",
        "torebki|buty|hamulce|elektronika|apteka|perfumeria",
    ),
    "pt": _region(
        "PT",
        "barato|saldos|outlet|promoção|descontos|loja-pt",
        "casa|armazém|irmãos|oficina|comércio|loja",
        "Figueiredo|Magalhães|Teixeira|Sarmento|Albuquerque|Vasconcelos|Pimentel|Barreto",
        "Rua das Flores 30|Rua do Comércio 11|Avenida da Praia 5|Largo da Sé 2",
        "4050-262 Porto|1100-148 Lisboa|3000-150 Coimbra|8000-076 Faro",
        "Lda.",
        "+351 210 000 ###",
        "PT 0########",
        "CRC 00####",
        "malas|ténis|travões|eletrónica|farmácia|perfumaria",
    ),
    "cs": _region(
        "CZ",
        "levně|výprodej|outlet|slevy|akce|eshop-cz",
        "dům|obchod|dílna|sklad|synové|prodejna",
        "Dvořáček|Pospíšil|Kratochvíl|Hrubeš|Šimánek|Vondráček|Žáčková|Beránek",
        "Dlouhá 12|Nádražní 44|Na Poříčí 8|Lipová 3",
        "110 00 Praha 1|602 00 Brno|301 00 Plzeň|702 00 Ostrava",
        "s.r.o.",
        "+420 200 000 ###",
        "CZ 00######",
        "IČO 00######",
        "kabelky|tenisky|brzdy|elektro|lékárna|parfémy",
    ),
    "sv": _region(
        "SE",
        "billigt|rea|outlet|kampanj|fynd|butik-se",
        "huset|handel|verkstad|lager|söner|boden",
        "Sjöberg|Nyström|Hallqvist|Ekdahl|Åkerlund|Björnfot|Wallander|Engström",
        "Storgatan 18|Hamngatan 7|Kyrkogatan 25|Torget 1",
        "111 29 Stockholm|411 06 Göteborg|211 22 Malmö|753 20 Uppsala",
        "AB",
        "+46 8 465 00# ##",
        "SE 00########01",
        "Org.nr 000000-####",
        "väskor|skor|bromsar|elektronik|apotek|parfym",
    ),
    "tr": _region(
        "TR",
        "ucuz|indirim|outlet|fırsat|kampanya|mağaza",
        "evi|ticaret|dükkan|atölye|toptan|çarşı",
        "Karadağ|Özdemirci|Yalçınkaya|Şimşekoğlu|Aydınlı|Gündoğdu|Çelebi|Tuncay",
        "Bağdat Cd. 112|Çarşı Sk. 4|Liman Cd. 30|İstiklal Sk. 9",
        "34710 İstanbul|35220 İzmir|06420 Ankara|16010 Bursa",
        "Ltd. Şti.",
        "+90 212 000 ## ##",
        "TR 000 ### ## ##",
        "Mersis 0000########",
        "çanta|ayakkabı|fren|elektronik|eczane|parfüm",
    ),
    "ru": _region(
        "RU",
        "дешево|скидки|аутлет|распродажа|акция|магазин",
        "дом|торг|склад|мастерская|лавка|центр",
        "Заречный|Лугавой|Белозёров|Климов|Снегирёв|Тарасенко|Ветров|Полянский",
        "ул. Садовая, 12|ул. Речная, 5|пр. Мира, 40|ул. Лесная, 8",
        "Казань, 420000|Самара, 443000|Томск, 634000|Тверь, 170000",
        "ООО",
        "+7 495 000-##-##",
        "ИНН 00########",
        "ОГРН 000#########",
        "сумки|кроссовки|тормоза|электроника|аптека|парфюм",
    ),
    "zh": _region(
        "CN",
        "折扣|特卖|outlet|优惠|工厂店|直销",
        "商行|之家|贸易|工坊|旗舰店|百货",
        "林|周|吴|郑|沈|何|梁|宋",
        "中山路18号|滨江大道66号|文昌街9号|新华路120号",
        "杭州市 310000|广州市 510000|成都市 610000|厦门市 361000",
        "有限公司",
        "+86 21 0000 ####",
        "统一社会信用代码 0000##########",
        "ICP备0000####号",
        "包包|球鞋|刹车片|数码|药房|香水",
    ),
    "ja": _region(
        "JP",
        "激安|アウトレット|セール|格安|通販|割引",
        "堂|商店|工房|本舗|専門店|倉庫",
        "桐生|水島|早川|相沢|藤堂|北見|篠原|三枝",
        "中央区本町2-4-1|港南1-8-3|青葉通り5-12|東町3-6-9",
        "〒541-0000 大阪市|〒460-0000 名古屋市|〒980-0000 仙台市|〒810-0000 福岡市",
        "株式会社",
        "+81 3-0000-####",
        "登録番号 T0000#########",
        "古物商許可 第0000####号",
        "バッグ|スニーカー|ブレーキ|家電|薬局|香水",
    ),
    "vi": _region(
        "VN",
        "giá-rẻ|giảm-giá|outlet|khuyến-mãi|thanh-lý|xả-kho",
        "cửa-hàng|kho|nhà|xưởng|đại-lý|tiệm",
        "Trần Gia|Phạm An|Hoàng Minh|Vũ Long|Đặng Khoa|Bùi Thanh|Lý Hải|Ngô Tâm",
        "12 Lê Lợi|45 Trần Phú|8 Nguyễn Huệ|101 Hai Bà Trưng",
        "TP. Hồ Chí Minh|Hà Nội|Đà Nẵng|Cần Thơ",
        "TNHH",
        "+84 28 0000 ####",
        "MST 00########",
        "GPKD 00########",
        "túi-xách|giày|phanh|điện-tử|nhà-thuốc|nước-hoa",
    ),
}


def fill(pattern: str, rng: random.Random) -> str:
    """Replace every ``#`` of a format by a random digit."""
    return "".join(str(rng.randrange(10)) if letter == "#" else letter for letter in pattern)


def slug(text: str) -> str:
    """A text as a host label, still in its own script: lower case, spaces to hyphens, other marks dropped."""
    kept = _NOT_IN_HOSTS.sub(" ", text.lower())
    return "-".join(kept.split())[:50]
