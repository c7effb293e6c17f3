//! Words after an `@` that address no person: chat groups, rules of style sheets, tags of comments, directives, annotations and decorators,
//! packages with a scope, variables. Told by a list and by what stands around the word.

use super::Page;
use super::list::List;
use crate::finding::Span;

/// Words that name no person wherever they stand.
static WORDS: List = List::new(
    "abc.abstractmethod abstract abstractmethod access actor admin.register after afterall aftereach alias all allargsconstructor angular \
     annotation api api_view app.command app.delete app.get app.post app.put app.route app.task apply around aspect assisted async attr.s \
     attribute attrs.define author autoclosure autoreleasepool autowired available babel bean before beforeall beforeeach beta binding body \
     bot.command bot.event brief builder cache cacheable cached cached_property callback case catch category celery.task channel charset \
     class classmethod click click.command click.group click.option client.event code column component composable conditionalonproperty \
     config configuration configurationproperties const constructor contextmanager controller copyright counter-style csrf csrf_exempt \
     cuda.jit custom-media customelement data dataclass dataclasses debug decorator default defgroup delete deletemapping depends \
     deprecated description details directive disabled discardableresult displayname doc document dp.message_handler dynamic dynamicmember \
     each echo else elseif email embedded empty enable enableautoconfiguration enablescheduling encode end endauth endempty endfor \
     endforeach endforelse endguest endif endisset endphp endpush endsection endswitch endunless endwhile entity enum enumerated \
     environment environmentobject equalsandhashcode error escaping event eventlistener everyone example exception exceptionhandler exclude \
     exports expose extend extends external factory fallthrough fetchrequest field file final fixture font font-face font-feature-values \
     for foreach forelse forward frozen function functionalinterface functools functools.lru_cache functools.wraps generated generatedvalue \
     get getmapping getter given global group guard guardedby header here hidden hide hiltviewmodel home host hostbinding hostlistener html \
     html.raw http ibaction iboutlet id idempotent if ignore immutable implementation implements import include index indirect infix \
     ingroup inherit inheritdoc inject injectable injectmocks inlinable inline input instance interface internal isset jit joincolumn json \
     jsonignore jsonproperty jvmfield jvmoverloads jvmstatic keyframes layer layout lazy least license link list lob local login_required \
     lru_cache main mainactor manytomany manytoone mappedsuperclass mapper mapping media member memberof method middleware mixin mock \
     mockbean model model.name modelattribute module mutation name named namedquery namespace nb.jit nb.njit ngmodule ngrx njit \
     noargsconstructor nonnull notblank notempty notnull nsapplicationmain nscopying nsmanaged nullability nullable numba.jit numba.njit \
     objc objcmembers observable observedobject onetomany onetoone optional order orderby output outputs overload override overrides \
     package packageprivate page param parameter parameterizedtest params parcelize patch path pathparam pathvariable pattern \
     permission_classes persistencecontext php pipe plugin post postconstruct postmapping preauthorize predestroy prefix prepend pretty \
     preview primary primarykey private produces profile prop property property.setter propertywrapper protected protocol provide provides \
     public published push put putmapping pytest pytest.fixture pytest.mark qualifier query queryparam raises react_component readonly \
     receiver ref register remark remarks render repeatable repository request requestbody requestmapping requestparam required \
     requiredargsconstructor requires resource response responsebody responsestatus rest restcontroller result resultbuilder retention \
     return returns rolesallowed root router.get router.post rule runwith safevarargs scenestorage scheduled scope scoped screen sealed \
     section see seealso selector self sendable serial serializable serialname serialversionuid service session setter shared_task should \
     show since singleton skip slf4j sneakythrows source spring springbootapplication springboottest spy stack starting-style state \
     stateobject static staticmethod storage store style sub subject subpackage subscribe subsection summary super supplier supports \
     suppress suppresslint suppresswarnings switch synchronized synthesize tab table tag tailwind target task template templateref test \
     testable testclass testcontainers testfactory testmethod testonly testsetup text tf.function theme throw throws title todo \
     torch.no_grad tostring trace track transactional transient trigger try type typed typedef types typing.overload uiapplicationmain \
     undocumented union unique unittest unless unsafe update url.action usablefrominline usage use uses usestate utility val valid validate \
     validated value valuesource var variant version versionchanged view viewbag viewbuilder viewchild viewchildren viewdata viewmodel \
     viewport visibility visiblefortesting volatile warn warning watch when where while with within wraps xmlattribute xmlelement \
     xmlrootelement yield yields",
);
/// Words after one with a capital that begin a declaration.
static DECLARES: List = List::new(
    "private public protected internal static final abstract override sealed suspend async void class interface enum struct int integer \
     boolean bool byte",
);
/// Words after any `@` word that only code has there.
static CODE: List = List::new("def func fun var val const struct");

/// Whether the `@` word of `span`, with `name` after the sign, addresses no person.
pub(super) fn is_code(page: &Page<'_>, span: Span, name: &str) -> bool {
    if WORDS.has(name) {
        return true;
    }
    let is = |at: usize, what: fn(&u8) -> bool| page.byte(at).as_ref().is_some_and(what);
    match page.byte(span.end) {
        // A call, and a package with a scope.
        Some(b'(') => return !is(span.end + 1, |b| *b == b'@'),
        Some(b'/') if is(span.end + 1, |b| b.is_ascii_lowercase() || *b == b'*') => return true,
        Some(b'{' | b'=' | b'$') => return true,
        Some(b':') if is(span.end + 1, |b| *b == b':' || *b == b'=') => return true,
        _ => {}
    }
    is_assigned(page, span.end) || declares(page, span, name)
}

/// Whether nothing but space stands between the start of the line and `at`.
fn starts_line(page: &Page<'_>, at: usize) -> bool {
    let indent = page.back_while(at, 80, |c| matches!(c, ' ' | '\t'));
    page.byte_before(indent).is_none_or(|byte| byte == b'\n')
}

/// Whether a value is given to the word: `@count = 1`, `@list += x`, `@x ||= y`.
fn is_assigned(page: &Page<'_>, end: usize) -> bool {
    let at = page.ahead_while(end, 2, |c| c == ' ');
    let signs =
        page.slice(at, page.ahead_while(at, 3, |c| matches!(c, '=' | '+' | '-' | '|' | ':' | '*' | '<' | '>' | '~')));
    at > end && matches!(signs, "=" | "+=" | "-=" | "||=" | ":=" | "*=" | "<<" | "==" | "=~")
}

/// Whether a declaration follows on the same line or, when the word is all of its line, on the next.
fn declares(page: &Page<'_>, span: Span, name: &str) -> bool {
    let gap = page.ahead_while(span.end, 40, |c| matches!(c, ' ' | '\t' | '\r'));
    let (start, alone) = match page.byte(gap) {
        Some(b'\n') if starts_line(page, span.start) => (page.ahead_while(gap, 40, |c| c.is_ascii_whitespace()), true),
        _ => (gap, false),
    };
    let end = page.ahead_while(start, 16, |c| c.is_ascii_alphabetic());
    let word = page.slice(start, end);
    let capital = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    let spaced = page.byte(end) == Some(b' ') && start > span.end && word.starts_with(|c: char| c.is_ascii_lowercase());
    let line = page.slice(end, page.ahead_while(end, 80, |c| c != '\n'));
    let written = || line.contains([';', '{', '(', '=', ':']);
    spaced && (CODE.has(word) || (alone || capital) && DECLARES.has(word)) && written()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::SpanText as _;

    #[test]
    fn words_of_code_address_nobody() {
        let is = |text: &str| {
            let page = Page::new(text);
            let start = text.find('@').unwrap();
            let end = page.ahead_while(start + 1, 40, |c| matches!(c, '_' | '.' | '-') || c.is_alphanumeric());
            is_code(&page, Span::new(start, end), &text[start + 1..end])
        };
        for text in [
            "npm i @babel/core",
            "@app.route(\"/\")",
            "@anything(x = 1)",
            "@Autowired private Foo foo;",
            "@Custom private Foo foo;",
            "  @my_wrap\n  def f():",
            "@Marked\npublic class A {",
            "@count = 1",
            "@names ||= []",
            "@State var x = 1",
            "@mine func f()",
        ] {
            assert!(is(text), "{text}");
        }
        for text in [
            "@anna private life",
            "@anna\nprivate talks",
            "@Anna final version",
            "@anna/@bob",
            "@anna: yes",
            "thanks @anna; bye",
            "@anna = me?",
        ] {
            assert_eq!(is(text), text == "@anna = me?", "{text}");
        }
    }
}
