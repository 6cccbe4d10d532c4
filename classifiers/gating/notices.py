"""Pages that are no content of the site's own: challenges, seizures, suspensions, parking, placeholders.

Every mark was written for this project from how such pages read and what markup they carry. A mark is a lower-case
text; a rule is met when all texts of one of its alternatives stand in the page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One recognised sort of page.

    ``markup`` alternatives are looked for in the lower-case source, ``text`` alternatives in the title and the visible
    text. ``words`` is how many visible words such a page has at most; more make it a page *about* the matter.
    ``size`` is how long its source is at most, in characters. A ``final`` notice turns visitors away without asking
    them for anything, so it leaves a refusal a refusal.
    """

    name: str
    markup: tuple[tuple[str, ...], ...] = ()
    text: tuple[tuple[str, ...], ...] = ()
    words: int = 250
    size: int = 1_000_000
    final: bool = False

    def match(self, seen: Seen) -> tuple[str, ...]:
        """The marks of the first alternative met, empty when none is."""
        if seen.words > self.words or seen.size > self.size:
            return ()
        for marks in self.markup:
            if seen.source.issuperset(marks):
                return marks
        for marks in self.text:
            if seen.shown.issuperset(marks):
                return marks
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a page: marks in its source and in its visible text, its visible words, its source's length."""

    source: frozenset[str]
    shown: frozenset[str]
    words: int
    size: int


CHALLENGES = (
    Notice(
        name="Cloudflare challenge",
        markup=(
            ("window._cf_chl_opt",), ("/cdn-cgi/challenge-platform/h/", "orchestrate/"), ("cf-browser-verification",),
            ("id=\"challenge-form\"", "__cf_chl_"), ("cf-im-under-attack",),
        ),
        text=(("checking your browser before accessing",), ("just a moment", "cloudflare")),
    ),
    Notice(
        name="Cloudflare block",
        text=(("sorry, you have been blocked", "cloudflare"), ("error 1020", "cloudflare")),
        final=True,
    ),
    Notice(name="DataDome challenge", markup=(("captcha-delivery.com",), ("geo.captcha-delivery",))),
    Notice(name="HUMAN challenge", markup=(("px-captcha",), ("_pxappid", "captcha"), ("captcha.px-cdn.net",))),
    Notice(name="Imperva challenge", markup=(("_incapsula_resource", "incident_id"),
    ("_incapsula_resource?swjiylwa",))),
    Notice(name="Akamai challenge", markup=(("/_sec/cp_challenge/",), ("sec-if-cpt-container",))),
    Notice(
        name="Akamai block",
        markup=(("errors.edgesuite.net",),),
        text=(("access denied", "you don't have permission to access", "reference #"),),
        final=True,
    ),
    Notice(name="DDoS-Guard challenge", markup=(("ddos-guard", "check.ddos-guard.net"),
    ("/.well-known/ddos-guard/check",))),
    Notice(name="Sucuri challenge", markup=(("sucuri_cloudproxy_js",),)),
    Notice(name="Sucuri block", markup=(("sucuri website firewall", "access denied"),), final=True),
    Notice(name="AWS WAF challenge", markup=(("awswafcookiedomainlist",), ("token.awswaf.com", "challenge.js"))),
    Notice(name="Kasada challenge", markup=(("/149e9513-01fa-4fb0-aad4-566afd725d1b/",),)),
    Notice(name="Anubis challenge", markup=(("anubis_challenge",), ("/.within.website/x/cmd/anubis",))),
    Notice(name="SiteGround challenge", markup=(("/.well-known/sgcaptcha/",), ("/.well-known/captcha/", "sg-captcha"))),
    Notice(
        name="captcha wall",
        markup=(("hcaptcha.com/1/api.js", "h-captcha"), ("recaptcha/api.js", "g-recaptcha"), ("turnstile/v0/api.js",
        "cf-turnstile")),
        words=60,
    ),
    Notice(
        name="browser check",
        text=(
            ("verifying that you are not a robot",), ("verify you are human",),
            ("checking if the site connection is secure",),
            ("please enable cookies and reload",), ("enable javascript and cookies to continue",),
            ("ddos protection by",),
        ),
        words=120,
    ),
    Notice(
        name="cookie challenge",
        markup=(
            ("document.cookie", "location.reload("), ("document.cookie", "location.href"), ("slowaes.decrypt",
            "document.cookie"),
            ("aes.js", "tonumbers("), ("document.cookie", "location.replace("),
        ),
        words=12,
        size=10_000,
    ),
)  # fmt: skip

SEIZURES = (
    Notice(
        name="seizure notice",
        text=(
            ("this domain", "has been seized"), ("this domain name has been seized",),
            ("this website has been seized",),
            ("domain has been seized by",), ("this site has been seized",), ("seized pursuant to",),
            ("homeland security investigations", "seized"),
            ("national intellectual property rights coordination center",),
            ("iprcenter.gov", "seiz"), ("operation in our sites",), ("europol", "domain", "seized"),
            ("diese domain wurde beschlagnahmt",), ("diese website wurde beschlagnahmt",), ("domain", "sichergestellt",
            "polizei"),
            ("ce site a été saisi",), ("nom de domaine a été saisi",), ("ce nom de domaine", "saisi", "gendarmerie"),
            ("este dominio ha sido incautado",), ("este sitio web ha sido intervenido",), ("dominio", "intervenido",
            "guardia civil"),
            ("sito sottoposto a sequestro",), ("sito web sottoposto a sequestro",), ("dominio", "sequestro",
            "guardia di finanza"),
            ("dominio", "sottoposto a sequestro",), ("deze website is in beslag genomen",), ("domein",
            "in beslag genomen"),
            ("este domínio foi apreendido",), ("domínio", "apreendido", "polícia"), ("domena została zajęta",),
            ("domena zajęta przez",), ("doména byla zabavena",), ("acest domeniu a fost confiscat",),
            ("domänen har beslagtagits",),
            ("dette domæne er beslaglagt",), ("beslaglagt af politiet",), ("този домейн е иззет",), ("домен изъят",),
            ("домен арестован",), ("alan adına el konulmuştur",), ("police intellectual property crime unit", "domain"),
            ("city of london police", "suspended", "domain"), ("federal bureau of investigation", "seized"),
        ),
    ),
    Notice(
        name="transfer by court order",
        text=(
            ("court order", "domain", "transferred to the rights holder"), ("domain", "transferred by court order"),
            ("court order", "domain", "has been transferred"), ("court order", "domain", "has been disabled"),
            ("court order", "domain", "seized", "case no."), ("gerichtsbeschluss", "domain", "übertragen"),
            ("gerichtlicher anordnung", "domain", "übertragen"), ("décision de justice", "domaine", "transféré"),
            ("orden judicial", "dominio", "transferido"), ("ordine del tribunale", "dominio", "trasferito"),
            ("gerechtelijk bevel", "domein", "overgedragen"), ("ordem judicial", "domínio", "transferido"),
            ("postanowieniem sądu", "domena", "przekazana"),
        ),
        words=120,
    ),
)  # fmt: skip

SUSPENSIONS = (
    Notice(
        name="suspended account",
        markup=(("/cgi-sys/suspendedpage.cgi",),),
        text=(
            ("account has been suspended",), ("this account has been suspended",), ("account suspended",
            "contact your hosting"),
            ("website has been suspended",), ("this site has been suspended",), ("site is suspended",),
            ("domain has been suspended",),
            ("domain name has been suspended",), ("this website is currently suspended",), ("hosting account",
            "suspended"),
            ("bu site askıya alınmıştır",), ("hesap askıya alınmış",), ("сайт заблокирован", "хостинг"),
            ("аккаунт заблокирован",),
            ("ce compte a été suspendu",), ("ce site est suspendu",), ("esta cuenta ha sido suspendida",),
            ("sitio suspendido",),
            ("konto zostało zawieszone",), ("strona została zawieszona",), ("dieses konto wurde gesperrt",),
            ("diese webseite wurde gesperrt",), ("account sospeso",), ("conta suspensa",), ("webbplatsen är avstängd",),
            ("该网站已被暂停",), ("网站已暂停",), ("站点已暂停",), ("this bucket has been suspended",),
            ("verification of your contact", "suspended"),
        ),
        words=200,
    ),
    Notice(
        name="closed shop",
        markup=(("shopify", "/assets2/shop_unavailable"),),
        text=(
            ("sorry, this shop is currently unavailable",), ("this shop is unavailable",),
            ("this store is unavailable",),
            ("this store is currently unavailable",), ("store is no longer available",), ("only one step left",
            "shopify"),
            ("create an ecommerce website and sell online", "shopify"), ("dieser shop ist derzeit nicht verfügbar",),
            ("this shop has been closed",), ("店铺已关闭",),
        ),
        words=120,
    ),
)  # fmt: skip

PARKING = (
    Notice(
        name="parking provider",
        markup=(
            ("sedoparking.com",), ("img.sedoparking",), ("d38psrni17bvxu.cloudfront.net",), ("parkingcrew.net",),
            ("bodis.com",),
            ("window.park =",), ("parklogic",), ("afternic.com/forsale",), ("img1.wsimg.com/parking-lander",),
            ("dan.com/buy-domain",),
            ("cdn0.dan.com",), ("hugedomains.com/domain_profile",), ("domainmarket.com/buynow",),
            ("above.com/marketplace",),
            ("parking.namecheap",), ("parkingpage.namecheap.com",), ("domainparking",), ("uniregistry.com", "for sale"),
            ("voodoo.com/fp",), ("fwdssp.com",), ("skenzo",), ("/search/tsc.php",), ("ifdnzact.com",),
            ("adsense/domains/caf.js",),
            ("google.ads.domains.caf",), ("dyadotcom.com",), ("parking.reg.ru",), ("undeveloped.com",),
            ("sav.com/domain",),
            ("transip.nl/cp", "gereserveerd"), ("parkpage.foundationapi.com",), ("domain.mno8.com",), ("efty.com",
            "for sale"),
            ("atom.com/name/", "premium domain"), ("squadhelp.com/name/",), ("dynadot.com/market",), ("epik.com",
            "for sale"),
            ("parking.bodiscdn",), ("parking-page", "domain"), ("interimpage", "hostpoint"), ("strato", "/parking/"),
        ),
        words=350,
    ),
    Notice(
        name="domain for sale",
        text=(
            ("this domain is for sale",), ("this domain name is for sale",), ("domain may be for sale",),
            ("buy this domain",),
            ("the domain", "is for sale"), ("domain name", "is for sale"), ("make an offer", "domain"),
            ("domain is available for purchase",),
            ("this domain is parked",), ("domain is parked",), ("parked free",), ("parked domain",),
            ("this webpage is parked",),
            ("domain has expired", "renew"), ("this domain has expired",), ("domain name has expired",),
            ("diese domain steht zum verkauf",), ("domain steht zum verkauf",), ("domain kaufen", "domain", "verkauf"),
            ("diese domain ist geparkt",), ("domain geparkt",), ("ce nom de domaine est à vendre",),
            ("domaine est à vendre",),
            ("ce domaine est parqué",), ("este dominio está a la venta",), ("dominio en venta",), ("dominio aparcado",),
            ("questo dominio è in vendita",), ("dominio è in vendita",), ("dominio in vendita",),
            ("deze domeinnaam is te koop",),
            ("domeinnaam is te koop",), ("domein is te koop",), ("domeinnaam", "te koop"), ("domein te koop",),
            ("este domínio está à venda",),
            ("domena jest na sprzedaż",), ("domena na sprzedaż",), ("doména je na prodej",), ("doména na prodej",),
            ("domänen är till salu",), ("domænet er til salg",), ("domeniu de vânzare",), ("a domain eladó",),
            ("ez a domain eladó",),
            ("домейнът се продава",), ("το domain πωλείται",), ("domena je na prodaju",), ("bu alan adı satılıktır",),
            ("alan adı satılık",), ("домен продается",), ("домен продаётся",), ("продажа домена",), ("此域名出售",),
            ("域名出售",),
            ("本域名出售",), ("このドメインは販売",), ("ドメイン売ります",), ("도메인 판매",),
            ("tên miền này đang được bán",),
        ),
        words=220,
    ),
    Notice(
        name="registered domain without a site",
        text=(
            ("deze domeinnaam is geregistreerd",), ("domeinnaam is geregistreerd",), ("domein is geregistreerd",),
            ("domeinnaam is gereserveerd",), ("domein is gereserveerd",), ("domeinnaam", "gereserveerd"),
            ("deze domeinnaam", "is nog niet"),
            ("this domain has been registered",), ("this domain is registered",), ("domain name",
            "has been registered"),
            ("diese domain wurde registriert",), ("diese domain ist registriert",), ("domain", "wurde", "reserviert"),
            ("ce domaine est réservé",), ("ce nom de domaine a été enregistré",), ("este dominio ha sido registrado",),
            ("dominio registrato",), ("domena została zarejestrowana",), ("doména je registrována",),
            ("домен зарегистрирован",),
            ("this domain is reserved",), ("webadres is gereserveerd",), ("dit webadres is geregistreerd",),
            ("domain", "is registered at"), ("is succesvol geregistreerd",), ("domain registered by",),
        ),
        words=160,
    ),
)  # fmt: skip

PLACEHOLDERS = (
    Notice(
        name="server default page",
        markup=(("/cgi-sys/defaultwebpage.cgi",), ("<title>plesk obsidian",), ("iisstart.png",), ("iis-85.png",)),
        text=(
            ("welcome to nginx",), ("apache2 ubuntu default page",), ("apache2 debian default page",),
            ("apache2 default page",),
            ("it works!",), ("testing 123..", "apache"), ("apache http server", "test page"), ("test page for the",),
            ("iis windows server",), ("internet information services", "welcome"), ("default web site page",),
            ("default plesk page",), ("web server's default page",), ("this is the default server page",),
            ("welcome to centos",),
            ("welcome to openresty",), ("directadmin", "default page"), ("welcome to caddy",),
            ("future home of something quite cool",),
            ("lamp stack", "successfully installed"), ("default page", "your website is ready"),
            ("your web server is working",),
            ("sorry! if you are the owner of this website", "hosting provider"), ("litespeed", "congratulations"),
            ("恭喜", "站点创建成功"), ("没有找到站点",), ("welcome to your new website", "cpanel"),
        ),
        words=450,
    ),
    Notice(
        name="coming soon",
        text=(
            ("coming soon",), ("under construction",), ("website is under construction",), ("launching soon",),
            ("opening soon",),
            ("site is being built",), ("under maintenance",), ("down for maintenance",), ("scheduled maintenance",),
            ("be back soon",),
            ("wird derzeit überarbeitet",), ("hier entsteht",), ("im aufbau",), ("wartungsarbeiten",),
            ("en construction",),
            ("site en maintenance",), ("bientôt disponible",), ("en construcción",), ("próximamente",),
            ("sitio en mantenimiento",),
            ("in costruzione",), ("sito in allestimento",), ("prossimamente",), ("in aanbouw",), ("in ontwikkeling",),
            ("onder constructie",),
            ("hier vindt u binnenkort",), ("hier komt binnenkort",), ("hier verschijnt binnenkort",),
            ("binnenkort online",), ("wordt aan gewerkt",), ("em construção",), ("em breve",), ("strona w budowie",),
            ("w budowie",),
            ("ve výstavbě",), ("připravujeme",), ("under uppbyggnad",), ("kommer snart",), ("under opbygning",),
            ("în construcție",),
            ("feltöltés alatt",), ("fejlesztés alatt",), ("в процес на изграждане",), ("υπό κατασκευή",), ("u izradi",),
            ("yapım aşamasında",), ("çok yakında",), ("сайт находится в разработке",), ("в разработке",),
            ("скоро открытие",),
            ("网站建设中",), ("建设中",), ("工事中",), ("準備中",), ("공사중",), ("준비중",), ("đang xây dựng",),
            ("قيد الإنشاء",), ("قريبا",),
        ),
        words=70,
    ),
    Notice(
        name="empty content management system",
        text=(
            ("hello world!", "welcome to wordpress. this is your first post"), ("just another wordpress site",
            "sample page"),
            ("opening soon", "enter using password"), ("be the first to know when we launch",), ("powered by shopify",
            "enter store using password"),
            ("joomla", "getting started", "lorem ipsum"),
        ),
        words=250,
    ),
)  # fmt: skip

DIRECTORY_TITLES = ("index of /", "directory listing for /", "directory listing --")
"""Beginnings of the titles that servers give a directory index."""
